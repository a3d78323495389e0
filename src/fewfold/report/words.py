"""The fixed words of the report: what each verdict means, and the terms in plain language."""

from __future__ import annotations

from fewfold.study.result import Call

CALLS: dict[Call, tuple[str, str]] = {
    "helps": (
        "Helps",
        "Better than every control by at least the smallest effect worth having, with no loss where none is allowed.",
    ),
    "harms": ("Harms", "Worse than training on the real patients alone, by more than was agreed to matter."),
    "no_evidence": (
        "No evidence",
        "No benefit was shown. That alone is no proof that there is none: the reason says whether a gain is ruled out.",
    ),
    "not_estimable": ("Not estimable", "There are too few patients, or the method does not apply. No number is given."),
    "blocked": (
        "Blocked",
        "The synthetic rows copy patients or contain impossible records. Whatever the scores say, do not use them.",
    ),
}
BY_WEIGHT: tuple[Call, ...] = ("blocked", "harms", "helps", "no_evidence", "not_estimable")

LEARNERS = {
    "logistic": "Logistic regression",
    "ridge": "Ridge regression",
    "boosting": "Boosted trees",
    "small_network": "Small network",
    "voxel_forest": "Forest of points",
    "small_unet": "Small U-Net",
}

RELEASES = {
    "internal": "use inside the team only",
    "consortium": "use inside the consortium",
    "public": "release after a privacy review",
}

FAMILIES = {
    "utility": ("Use of the synthetic rows alone", "Can a model be trained or tested on synthetic rows only?"),
    "fidelity": ("Fidelity", "Do the synthetic rows look like the real ones, one by one and together?"),
    "diversity": ("Diversity", "Do they cover the variety of the patients, or only the common ones?"),
    "plausibility": ("Plausibility", "Could a patient have these values?"),
    "privacy": (
        "Privacy",
        "Do they give away the patients they were learned from? A test that is passed is not proof of privacy.",
    ),
}

READINGS = {
    "inside": "as two real samples",
    "outside": "worse than two real samples",
    "edge": "a little worse, as one of many is by chance",
    "beyond": "better than two real samples",
    "above": "above what two real samples give",
    "below": "below what two real samples give",
    "alone": "no range to read it against",
    "real": "the mark that the others are read against",
}

STANDINGS = {
    "study": "confirmatory",
    "look": "exploratory: a quick look",
    "validation": "validation of given rows on one given split",
}

GLOSSARY = {
    "Arm": "What a model is trained on: the real patients alone, a control, or a method at one ratio.",
    "Against": "The control that a method is compared with. The verdict uses the one that is hardest to beat.",
    "AUROC": "The chance that a patient with the event is given a higher risk than one without. 0.5 is a coin, 1 is "
    "perfect.",
    "AUPRC": "The average share of true cases among the patients flagged. It depends on how common the event is.",
    "Bin": "One of the steps into which the range of a variable is cut to draw its distribution.",
    "Brier score": "The mean squared gap between the predicted risk and what happened. Lower is better.",
    "Calibration": "Whether predicted risks mean what they say: of patients told 20 %, about 20 in 100 should have the "
    "event. The slope is 1 and the intercept 0 when they do; a slope below 1 means risks that are too extreme.",
    "Class": "One of the values of the target, such as relapse yes or no.",
    "Control": "A simple alternative that any method must beat: no augmentation, weights, copies of real rows, or real "
    "rows with noise.",
    "Expansion rate": "Rows after the expansion divided by rows before.",
    "Holm": "A correction for looking at several comparisons, so that chance finds are rare over all of them together.",
    "Independent": "A mark beside a measure: what it says of rows whose columns were drawn one by one, without any "
    "dependence between them.",
    "Interval": "The range of values that the data are compatible with, at 95 %. A wide one means little is known.",
    "Learner": "The prediction model that is trained on the expanded data. Two different kinds are always used.",
    "Log-loss": "A penalty for confident predictions that turn out wrong. Lower is better.",
    "Memoriser": "A mark beside a measure: what it says of exact copies of the patients.",
    "Minimum detectable effect": "The smallest true difference that a study of this size would find in 8 of 10 cases. "
    "Smaller ones are usually missed.",
    "Negative control": "The same study with the outcome shuffled among the patients, or, where a mask is to be found, "
    "two runs of the same arm. It must find nothing; if it does, something is wrong.",
    "Net benefit": "True positives minus false positives, weighed at a risk threshold. Higher is better.",
    "Not estimable": "There is too little data for any number to mean something.",
    "Paired difference": "The difference between two arms on the same test patients, which removes much of the chance.",
    "Primary": "The one score, chosen before the study, that the verdict rests on.",
    "Protocol": "All decisions made before the first result. Its hash changes if any of them is changed.",
    "R²": "The share of the variation of the target that is explained. 1 is perfect, 0 is no better than the mean.",
    "Ratio": "Synthetic rows per real row.",
    "Smallest effect of interest": "The least gain that would be worth having, written down before the study.",
    "Synthetic row": "A made-up record. It is not a patient and does not add to the sample size.",
    "Two real samples": "What a measure says when one half of the real patients is compared with the other half. "
    "Synthetic rows cannot be asked to be closer than that.",
}
