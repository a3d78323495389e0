"""The catalogue of findings. A code is stable: it is never given another meaning."""

from __future__ import annotations

from dataclasses import dataclass

from fewfold.study.result import Finding, Severity


@dataclass(frozen=True)
class Kind:
    """One kind of finding: how it is detected, why it matters and what to do about it."""

    code: str
    severity: Severity
    title: str
    detected: str
    matters: str
    do: str


_KINDS = (
    Kind(
        "FF101",
        "warning",
        "Rows were left out",
        "Rows without a value of the target, or censored before the horizon, cannot be tested on.",
        "If they differ from the others, every number in the report is about the ones that stayed.",
        "Report how many and why; compare them with the rest.",
    ),
    Kind(
        "FF102",
        "info",
        "Fewer folds than asked for",
        "The smallest class, or the number of sites, does not fill the folds, or sites that are left out one by one "
        "lack a class.",
        "A test fold with one or two events says nothing.",
        "Nothing. The protocol records the number that was used.",
    ),
    Kind(
        "FF103",
        "info",
        "Several rows a patient",
        "A subject stands in more than one row.",
        "Rows of one patient in both training and test would leak; all splits, counts and intervals go by patient.",
        "Check that the subject column is right.",
    ),
    Kind(
        "FF104",
        "warning",
        "More columns than patients",
        "The table has more features than patients.",
        "Any method can find chance patterns, and none can learn the dependence between the columns.",
        "Choose features on clinical grounds before the study.",
    ),
    Kind(
        "FF105",
        "info",
        "Columns were not used",
        "A column is empty, constant, an identifier or free text, or was given the role ignore.",
        "What is not used is neither generated nor learned from.",
        "Change the role in study.toml if a column is wanted.",
    ),
    Kind(
        "FF106",
        "critical",
        "Records stand more than once",
        "More than 5 % of the rows equal a row of another patient in every feature and the target, in a table of "
        "four or more features.",
        "Copies fall on both sides of a split and make every model look better than it is: on labels of pure noise a "
        "forest reaches an AUROC of 0.9.",
        "Remove copies, or name the column that says which rows belong to one patient.",
    ),
    Kind(
        "FF107",
        "critical",
        "The class changes within patients",
        "Rows of one patient have different classes, and the study file allows it.",
        "If the class is one of the sample or visit this is right. If not, two people share a number, or a label is "
        "wrong.",
        "Check the subject column. All rows of a number stay on one side of every split either way.",
    ),
    Kind(
        "FF108",
        "critical",
        "A column gives the target away",
        "One feature alone ranks the patients of a class almost perfectly, with an AUROC of 0.995 or more.",
        "It may be the target under another name, or be known only after the outcome. Every model looks perfect then, "
        "and no method can be told from another.",
        "Give the column the role ignore if it is not known when the prediction is made.",
    ),
    Kind(
        "FF201",
        "info",
        "Gain over every control",
        "The primary score is better than with each control, Holm-adjusted, by at least the smallest effect.",
        "The gain is more than weight, noise or chance can explain.",
        "Confirm it on another cohort before relying on it.",
    ),
    Kind(
        "FF202",
        "critical",
        "Discrimination lost",
        "The primary score is worse than without augmentation, Holm-adjusted, by at least the smallest effect.",
        "A model trained on the expanded cohort ranks patients worse than one trained on the real patients alone.",
        "Do not use this method at this ratio for this cohort.",
    ),
    Kind(
        "FF203",
        "critical",
        "Calibration or probability accuracy lost",
        "Brier score, calibration or net benefit is worse than without augmentation, Holm-adjusted and beyond its "
        "margin; calibration only where the log-loss is no better (see FF212).",
        "Predicted risks no longer mean what they say, and decisions that rest on a threshold change.",
        "Use proportional synthesis, recalibrate on real patients, or do not augment.",
    ),
    Kind(
        "FF204",
        "info",
        "No better than a control",
        "The method beats no augmentation but not the best control at the same number of rows.",
        "Copies, noise or weights would do as well: nothing was learned from the synthetic rows.",
        "Prefer the simpler control, or none.",
    ),
    Kind(
        "FF205",
        "warning",
        "Gain with a cost",
        "The primary score gains, but a score that must not suffer is worse by more than its margin.",
        "A better ranking with worse probabilities is no benefit for care.",
        "Recalibrate on real patients and run the study again.",
    ),
    Kind(
        "FF206",
        "info",
        "Learners disagree",
        "The difference against no augmentation has opposite signs, both intervals clear of zero, in two learners.",
        "The effect belongs to a learner, not to the data.",
        "Read the learners one by one.",
    ),
    Kind(
        "FF207",
        "warning",
        "A guard could not be read",
        "A score that must not get worse has no finite value, such as a calibration slope where predictions separate "
        "the classes and the log-loss is not clearly better.",
        "A gain cannot be called a benefit while a harm cannot be ruled out.",
        "Look at the predictions; more patients, or fewer folds, may help.",
    ),
    Kind(
        "FF208",
        "critical",
        "A subgroup is harmed",
        "In a subgroup with enough patients of each class, the Brier score (for a continuous target the squared error) "
        "is worse than without augmentation, Holm-adjusted over subgroups and sites, by its margin or more.",
        "A gain on average can be paid for by the patients who are few.",
        "Do not use the method for that subgroup; look at its sizes per class.",
    ),
    Kind(
        "FF209",
        "critical",
        "A site is harmed",
        "In a site with enough patients of each class, the Brier score (for a continuous target the squared error) is "
        "worse than without augmentation, Holm-adjusted over subgroups and sites, by its margin or more.",
        "A method that suits the largest site can cost the others.",
        "Run the study with unit = 'site', and look at the sizes per site.",
    ),
    Kind(
        "FF210",
        "info",
        "The seed matters more than the patients",
        "The share of the variance of the difference that comes from the seed of the method is larger than the "
        "share that comes from the patients.",
        "Another run would give another answer: the verdict would be one of the seed.",
        "Use more repeats; report the spread over seeds.",
    ),
    Kind(
        "FF211",
        "warning",
        "A control is missing",
        "A control of the protocol refused a training set, or its difference from the method has no finite value.",
        "To help is to beat every control. One that could not be compared has not been beaten.",
        "Read the reason; pool cohorts, or name controls that suit the cohort before the study is run again.",
    ),
    Kind(
        "FF212",
        "warning",
        "Predictions want recalibration",
        "The calibration slope or intercept is further from where it should be than without augmentation, its interval "
        "clear of zero, while the log-loss (for a continuous target R²), which counts what that costs, is better.",
        "What the predictions tell more outweighs that they are off in scale, so that this is no harm by itself. Taken "
        "at face value they are still too cautious (a slope above 1), too bold (below 1), too low or too high.",
        "Recalibrate on real patients before use, and report slope and intercept.",
    ),
    Kind(
        "FF301",
        "critical",
        "Training patients are copied",
        "More synthetic rows equal a training patient than fresh real patients do, in a table in which real patients "
        "hardly ever equal each other.",
        "Whoever holds the data holds patients. For a generator it also means that nothing new was made.",
        "Do not share the rows. Choose another method or more smoothing.",
    ),
    Kind(
        "FF302",
        "warning",
        "Synthetic rows lie very near training patients",
        "More synthetic rows lie next to a training patient than fresh real patients do.",
        "A smoke test of memorisation. Passing it is not privacy.",
        "Treat the rows as patient data.",
    ),
    Kind(
        "FF303",
        "warning",
        "For internal training only",
        "The method interpolates between or copies real patients.",
        "Originals can be reconstructed from its output (arXiv 2510.15083).",
        "Do not release the rows, whatever the metrics say.",
    ),
    Kind(
        "FF304",
        "critical",
        "Membership can be inferred",
        "An attack that sees the synthetic rows tells training patients from others better than it tells two groups "
        "of fresh patients apart.",
        "Whoever holds a patient's values can learn that the patient was in the cohort, and with it the diagnosis.",
        "Do not share the rows. Choose a method with more smoothing, or share results instead of rows.",
    ),
    Kind(
        "FF305",
        "warning",
        "Attributes can be inferred",
        "A value of a training patient is guessed from the synthetic rows better than the same value of a patient "
        "whom the method never saw.",
        "The gain over the patients who were not there is what the rows give away about those who were.",
        "Do not share the rows, or leave out the column.",
    ),
    Kind(
        "FF306",
        "warning",
        "Patients can be singled out",
        "Conditions read from the synthetic rows that hold for exactly one patient hold for training patients more "
        "often than for patients whom the method never saw.",
        "To single out is the first step of finding out who it is.",
        "Do not share the rows; group rare levels and round extreme values.",
    ),
    Kind(
        "FF307",
        "warning",
        "Rare combinations are reproduced",
        "Combinations of the sensitive or most telling columns that only one training patient has stand in the "
        "synthetic rows more often than those of fresh patients do.",
        "A rare combination can name a patient.",
        "Group rare levels before the study.",
    ),
    Kind(
        "FF308",
        "critical",
        "Some patients are exposed",
        "For the tenth of the training patients who are easiest to tell, the attack is right far more often than on "
        "fresh patients.",
        "An average hides them: privacy is lost by the patients who are unlike the others, in rare diseases those "
        "most at risk.",
        "Do not share the rows.",
    ),
    Kind(
        "FF309",
        "warning",
        "Privacy cannot be shown",
        "The upper end of the interval of an attack lies above the gate of the release that is intended.",
        "With few patients the interval is wide: that no attack succeeded does not say that none can.",
        "Keep the rows inside the team, or pool cohorts.",
    ),
    Kind(
        "FF401",
        "critical",
        "Impossible records",
        "More synthetic rows break a hard rule of the schema than real rows do.",
        "Models learn from records that no patient can have.",
        "Mend the method or its limits; do not filter silently, the rate must stay visible.",
    ),
    Kind(
        "FF402",
        "warning",
        "Real records break a rule",
        "A hard rule of the schema fails on real rows, or the rate of a soft one lies outside its reference in them.",
        "A rule that patients break is a bad rule, or the data hold errors.",
        "Correct the rule or the rows before judging synthetic data by it.",
    ),
    Kind(
        "FF403",
        "warning",
        "Rates outside their reference",
        "The share of synthetic rows that a soft rule asks for lies outside the reference interval of the rule, and "
        "further out than in real rows.",
        "The course of a disease is told by rates: each record can be possible and the cohort impossible.",
        "Look at the rule and at the distribution it speaks of.",
    ),
    Kind(
        "FF404",
        "critical",
        "Records do not belong to their class",
        "Models of the real patients, cross-fitted, disagree with the labels of the synthetic rows more often than "
        "with those of real patients.",
        "Wrong labels teach the wrong disease.",
        "Use a method that is fitted within each class, or less smoothing.",
    ),
    Kind(
        "FF405",
        "critical",
        "Order in time is lost",
        "The values of one patient follow each other less closely than those of real patients.",
        "A course that is shuffled within the patient is no course.",
        "Use a method that knows visits.",
    ),
    Kind(
        "FF406",
        "critical",
        "Follow-up is not that of patients",
        "The curves of event or of censoring differ from those of two real samples.",
        "Survival that is too good, too bad or without censoring misleads every model of it.",
        "Use a method that models time and event first.",
    ),
    Kind(
        "FF407",
        "warning",
        "Rules hide what was drawn",
        "Rules steered the draws, and before that more rows broke a hard rule than real rows do.",
        "The rows that are given look possible, but the method does not know the rule: what it drew instead is bent.",
        "Read the share before repair beside the one after it, by rule; prefer a method that breaks the rule less.",
    ),
    Kind(
        "FF501",
        "warning",
        "Distributions differ",
        "A distance between single-variable distributions lies above what two real samples show.",
        "A variable is shifted, squeezed or cut.",
        "Look at the distributions in the report.",
    ),
    Kind(
        "FF502",
        "warning",
        "Dependence is broken",
        "The associations between variables differ by more than those of two real samples.",
        "Joint patterns carry the diagnosis; without them rows are noise.",
        "Look at the association maps in the report.",
    ),
    Kind(
        "FF503",
        "warning",
        "Synthetic rows can be told from real ones",
        "A cross-fitted classifier separates them better than it separates two real samples.",
        "A model can learn where a row comes from instead of what it means.",
        "Keep synthesis proportional over the classes.",
    ),
    Kind(
        "FF504",
        "warning",
        "Diversity is low",
        "Synthetic rows cover fewer real patients than another real sample does.",
        "Rare presentations are missing.",
        "Do not read the expanded size as sample size.",
    ),
    Kind(
        "FF505",
        "warning",
        "Missingness differs",
        "The pattern of missing values differs by more than between two real samples.",
        "A model can learn the generator's gaps.",
        "Check which columns differ.",
    ),
    Kind(
        "FF506",
        "critical",
        "The source is a shortcut to the class",
        "Synthetic rows can be told from real ones in one class more easily than in another, a model of the expanded "
        "cohort follows that fingerprint in real patients, or all synthetic rows are of one class.",
        "The model learns who was generated instead of who is ill.",
        "Synthesise in proportion to the classes, or train on synthetic rows first and on real ones last "
        "(training = 'pretrain').",
    ),
    Kind(
        "FF507",
        "critical",
        "A subgroup is missing",
        "A class, subgroup or region of the real patients has no synthetic rows, or far fewer than another real sample "
        "gives it.",
        "Patients of that subgroup are forgotten by every model that learns from the rows.",
        "Condition the method on the subgroup, or do not use its rows.",
    ),
    Kind(
        "FF601",
        "critical",
        "Not estimable",
        "There are too few patients, or too few in one class.",
        "Any number would be chance.",
        "Pool cohorts, merge classes where that makes sense, or describe the patients instead.",
    ),
    Kind(
        "FF602",
        "critical",
        "The negative control found something",
        "The same study on permuted labels found a benefit, or a model of noise did better than chance. Where a mask "
        "is to be found: two runs without augmentation differ by more than chance.",
        "A method, an encoder or a split lets test patients teach. No verdict of this run can be trusted. It does not "
        "see copies of patients, or columns that hold the answer: permuting the labels takes them away (FF106, FF108).",
        "Run it again with another seed: one run of a hundred fails by chance. If it fails again, report it.",
    ),
    Kind(
        "FF603",
        "info",
        "A method does not apply",
        "A method refused the cohort, or the training part of a split, with a reason.",
        "It has no verdict.",
        "Read the reason; choose another method.",
    ),
    Kind(
        "FF604",
        "warning",
        "A small gain may not be shown",
        "The minimum detectable effect is larger than the smallest effect of interest.",
        "'No evidence' alone is then no proof that there is no effect. This is worked out before any result; after it, "
        "the reason of a verdict says whether its interval rules out a gain worth having.",
        "Read in each verdict whether the smallest gain of interest is ruled out.",
    ),
    Kind(
        "FF605",
        "warning",
        "A quick look",
        "The study ran with --quick: few repeats, one ratio.",
        "It supports no claim.",
        "Run the protocol in full.",
    ),
    Kind(
        "FF606",
        "info",
        "Little was borrowed from the source",
        "In more than half of its fits a method took nothing from the source: held-out training patients did not gain "
        "from it, or gained no more than from the same source with its columns shuffled.",
        "The verdict on it is one on a method that learns from the cohort alone, more often than not. It does not show "
        "that the source is unrelated: with few patients a small gain is not seen.",
        "Compare it with the same method without the source; see whether units, levels and the target mean the same "
        "in both.",
    ),
)
KINDS: dict[str, Kind] = {kind.code: kind for kind in _KINDS}


def finding(code: str, detail: str, *, method: str | None = None, ratio: float | None = None) -> Finding:
    """A finding of a known kind."""
    kind = KINDS[code]
    return Finding(code=code, severity=kind.severity, title=kind.title, detail=detail, method=method, ratio=ratio)
