"""SVG elements whose text and attributes are always escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

Value = str | float | None


def el(tag: str, *children: str, **attributes: Value) -> Markup:
    """An element. ``stroke_width`` becomes ``stroke-width``, ``class_`` becomes ``class``; None is left out."""
    parts = [f' {_name(k)}="{escape(_text(v))}"' for k, v in attributes.items() if v is not None]
    opening = f"<{tag}{''.join(parts)}"
    if not children:
        return Markup(f"{opening}/>")
    return Markup(f"{opening}>{''.join(escape(child) for child in children)}</{tag}>")


def text(content: str, x: float, y: float, class_: str = "", anchor: str | None = None) -> Markup:
    """A line of text; ``anchor`` is middle or end."""
    return el("text", content, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def group(*marks: str, **attributes: Value) -> Markup:
    """Marks that belong together."""
    return el("g", *(marks or ("",)), **attributes)


def figure(width: float, height: float, *marks: str, ident: str, title: str, description: str = "") -> Markup:
    """A picture with a title and a description for those who do not see it. ``ident`` is unique on the page."""
    heads = [el("title", title, id=f"{ident}-title")]
    if description:
        heads.append(el("desc", description, id=f"{ident}-desc"))
    return el(
        "svg",
        *heads,
        *marks,
        viewBox=f"0 0 {_text(width)} {_text(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{ident}-title",
        aria_describedby=f"{ident}-desc" if description else None,
    )


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _name(key: str) -> str:
    return "viewBox" if key == "viewBox" else key.rstrip("_").replace("_", "-")


def _text(value: Value) -> str:
    return value if isinstance(value, str) else number(value or 0.0)
