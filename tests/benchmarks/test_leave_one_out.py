"""Which sets a checkpoint may not see while others are scored."""

from benchmarks.leave_one_out import group_of, left_out_together

NAMES = ["tiny", "lfw", "grocery", "emoji", "gtsrb"]


def test_sets_that_share_images_or_classes_are_one_group() -> None:
    assert group_of("lfw_lowres-train") == group_of("lfw_mbf") == "lfw"
    assert group_of("tinyimagenet-val") == group_of("tiny_lite2") == "tiny"
    assert group_of("dtd10") == "dtd10"


def test_made_sets_are_left_out_with_what_is_of_their_kind() -> None:
    assert group_of("letters_small") == group_of("colored_east_asian_lite2") == "omniglot"
    assert group_of("cuttings_layout") == group_of("grocery-train") == "grocery"
    assert group_of("icon_styles_lite1") == group_of("turned_figures_lite0") == group_of("emoji")
    assert group_of("digits_middle") == group_of("digits_raw64") == "digits"


def test_each_group_is_left_out_for_itself() -> None:
    assert left_out_together(NAMES, None) == {group: [group] for group in sorted(NAMES)}


def test_folds_leave_out_every_group_exactly_once() -> None:
    folds = left_out_together(NAMES, 3)
    assert len(folds) == 3
    assert sorted(group for groups in folds.values() for group in groups) == sorted(NAMES)


def test_folds_do_not_depend_on_the_order_of_groups() -> None:
    assert left_out_together(NAMES, 2) == left_out_together(reversed(NAMES), 2)
