"""Writes what the code knows into the reference pages.

A page keeps its prose; what stands between ``<!-- build: NAME -->`` and ``<!-- end -->`` is written here.
Run by ``make docs``.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from math import isinf
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_SLOT = re.compile(r"(<!-- build: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
SCHEMA = "result.schema.json"
LENT = "can [borrow](../how-to/transfer.md) from a related cohort"


def build(folder: Path) -> None:
    """Write the generated parts of the pages in ``folder``, and the JSON Schema of a result."""
    from fewfold.study.result import json_schema

    for page in sorted(folder.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        made = _SLOT.sub(lambda slot: f"{slot[1]}\n{PARTS[slot[2]]().strip()}\n\n{slot[3]}", text)
        page.write_text(made, encoding="utf-8")
    (folder / SCHEMA).write_text(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def findings() -> str:
    """Every kind of finding; the heading is the code alone, so that the anchor is stable."""
    from fewfold.study.findings import KINDS

    return "\n\n".join(
        f"## {kind.code}\n\n**{kind.title}** ({kind.severity})\n\n"
        f"- *When:* {kind.detected}\n- *Why it matters:* {kind.matters}\n- *What to do:* {kind.do}"
        for kind in KINDS.values()
    )


def methods() -> str:
    """The card of every method, with its parameters."""
    from fewfold.methods.base import METHODS

    overview = _table(
        ("method", "family", "targets", "patients", "per class", "release"),
        ((f"[`{c.name}`](#{c.name})", c.family, _targets(c), c.min_subjects, c.min_per_class, c.release) for c in
         (kind.card for kind in METHODS)),
    )  # fmt: skip
    return "\n\n".join([overview, *(_method(kind) for kind in METHODS)])


def transforms() -> str:
    """What may be destroyed, and the card of every transform with its parameters."""
    from fewfold.methods.transforms.base import DESTROYS, TRANSFORMS

    meanings = _table(("what", "meaning"), ((f"*{what}*", meaning) for what, meaning in DESTROYS.items()))
    overview = _table(
        ("transform", "for", "may destroy"),
        ((f"[`{c.name}`](#{c.name})", ", ".join(c.modalities), ", ".join(c.may_destroy)) for c in
         (kind.card for kind in TRANSFORMS)),
    )  # fmt: skip
    return "\n\n".join([overview, meanings, *(_method(kind) for kind in TRANSFORMS)])


def _method(kind: Any) -> str:
    card = kind.card
    facts = {
        "May destroy": ", ".join(card.may_destroy) or "nothing",
        "Interpretability": card.interpretability,
        "Cost": card.cost,
        **({"Source": LENT} if getattr(card, "borrows", False) else {}),
        "Parameters": ", ".join(f"`{name} = {_json(value)}`" for name, value in kind().params.items()) or "none",
        "Sources": ", ".join(map(_reference, card.references)),
    }
    return f"## {card.name}\n\n**{card.title}.** {card.summary}\n\n{_facts(facts)}\n\n{_doc(kind)}"


def metrics() -> str:
    """The card of every metric."""
    from fewfold.metrics.base import METRICS

    cards = sorted((kind.card for kind in METRICS), key=lambda card: (card.family, card.name))
    overview = _table(
        ("metric", "family", "question", "better"),
        ((f"[`{c.name}`](#{c.name})", c.family, c.question, _better(c)) for c in cards),
    )
    return "\n\n".join([overview, *(_metric(METRICS.get(card.name)) for card in cards)])


def _metric(kind: Any) -> str:
    card = kind.card
    low, high = ("no limit" if isinf(bound) else f"{bound:g}" for bound in card.bounds)
    stand_in = {"train": "training rows", "holdout": "fresh patients", "fresh": "half of the fresh patients"}
    facts = {
        "Range": f"{low} to {high}; {_better(card)} is better",
        "Real rows of the null": stand_in[card.stand_in],
        "Synthetic rows": "cut down to as many as the stand-in has" if card.equal_size else "all of them",
        "Targets": _targets(card),
        "Finding": _finding(card),
        "Patients or rows on each side": f"at least {card.min_subjects}",
        "Most rows on each side": _most(card),
        "Sources": ", ".join(map(_reference, card.references)),
    }
    return f"## {card.name}\n\n**{card.title}.** {card.question}\n\n{_facts(facts)}\n\n{_doc(kind)}"


def _finding(card: Any) -> str:
    if not card.finding:
        return "none: it is shown, and not judged by itself"
    return f"[`{card.finding}`](findings.md#{card.finding.lower()})"


def _most(card: Any) -> str:
    if card.most_rows is None:
        return ""
    of_train = f" ({card.most_train_rows:,} of training)" if card.most_train_rows else ""
    return f"{card.most_rows:,}{of_train}; of larger tables random patients are drawn, and the error of that is shown"


def packs() -> str:
    """The rules of every pack."""
    from fewfold.data.rules.packs import packs as every

    out = []
    for name, pack in every().items():
        out.append(
            f"## {name}\n\n**{pack.title}.** Needs {', '.join(f'`{need}`' for need in pack.needs) or 'no one column'}."
        )
        rules = (
            (
                rule.name,
                f"`{rule.require}`" + (f" when `{rule.when}`" if rule.when else ""),
                rule.severity,
                _pack_source(rule),
            )
            for rule in pack.rules
        )
        out.append(_table(("rule", "requires", "severity", "source"), rules))
        known = ((f"`{key}`", v.unit or "", ", ".join(v.aliases)) for key, v in pack.variables.items())
        out.append(_table(("variable", "unit", "also named"), known))
        if pack.intervals:
            healthy = (
                (i.variable, i.sex or "all", " to below ".join(f"{a:g}" for a in i.age) + ("" if i.age[1:] else " on"),
                 f"{i.limits[0]:g} to {i.limits[1]:g} {i.unit or pack.variables[i.variable].unit}", i.source)
                for i in pack.intervals
            )  # fmt: skip
            out.append(_table(("reference interval", "sex", "age", "limits", "source"), healthy))
    return "\n\n".join(out)


def _pack_source(rule: Any) -> str:
    return f"{rule.source} (rate {rule.rate[0]:g} to {rule.rate[1]:g})" if rule.rate else rule.source


def scores() -> str:
    """The scores of the utility family, with direction."""
    from fewfold.metrics.utility.scores import SCORES

    rows = []
    for score in SCORES.values():
        rows.append((f"`{score.name}`", score.title, _better(score), ", ".join(score.targets)))
    return _table(("score", "title", "better", "targets"), rows)


def _better(card: Any) -> str:
    return f"nearer {card.best:g}" if card.best is not None else str(card.better)


def commands() -> str:
    """Usage, arguments and options of every command."""
    import typer

    from fewfold.cli.app import app

    known: Any = typer.main.get_command(app)
    return "\n\n".join(_command(name, command) for name, command in known.commands.items())


def _command(name: str, command: Any) -> str:
    rows = []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        argument = parameter.param_type_name == "argument"
        shown = parameter.name.upper() if argument else ", ".join(parameter.opts)
        rows.append((f"`{shown}`", _default(parameter), parameter.help or ""))
    arguments = (p for p in command.params if p.param_type_name == "argument")
    usage = " ".join([f"fewfold {name}", *(p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments)])
    body = _table(("argument or option", "default", "meaning"), rows)
    return f"## {name}\n\n{command.help}\n\n```text\n{usage} [OPTIONS]\n```\n\n{body}"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, False, "", ()) or callable(parameter.default):
        return ""
    return f"`{parameter.default}`"


def result() -> str:
    """Every part of a result with its fields."""
    from pydantic import BaseModel

    from fewfold.study import result, result_figures

    own = [
        value
        for module in (result, result_figures)
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__
    ]
    parts = [value for value in own if issubclass(value, BaseModel)]
    parts.sort(key=lambda part: part is not result.Result)
    return "\n\n".join(f"## {part.__name__}\n\n{_doc(part)}\n\n{_fields(part)}" for part in parts)


def _fields(part: Any) -> str:
    schema = part.model_json_schema(mode="serialization", by_alias=True)
    return _table(
        ("key", "type", "meaning"),
        ((f"`{name}`", _type(field), field.get("description", "")) for name, field in schema["properties"].items()),
    )


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return " or ".join(map(_type, field["anyOf"]))
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    inside = field.get("additionalProperties")
    if field.get("type") == "object" and isinstance(inside, dict):
        return f"name to {_type(inside)}"
    return str(field.get("type", "any"))


def _doc(described: Any) -> str:
    """A docstring as Markdown: literals in single backticks, no roles."""
    return re.sub(r"(?::\w+:)?(`+)([^`]+)\1", r"`\2`", inspect.getdoc(described) or "")


def _facts(facts: dict[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _targets(card: Any) -> str:
    return ", ".join(card.targets)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _reference(reference: str) -> str:
    return f"[{reference}](https://doi.org/{reference})" if reference.startswith("10.") else reference


PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part for part in (commands, findings, methods, metrics, packs, result, scores, transforms)
}

if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "reference")
