"""Which sets a checkpoint may not see while others are scored."""

from benchmarks.leave_one_out import group_of, left_out_together

GROUPS = ["tiny", "lfw", "grocery", "emoji", "gtsrb"]


def test_sets_that_share_images_or_classes_are_one_group() -> None:
    assert group_of("lfw_lowres-train") == group_of("lfw_mbf") == "lfw"
    assert group_of("tinyimagenet-val") == group_of("tiny_lite2") == "tiny"
    assert group_of("dtd10") == "dtd10"


def test_each_group_is_left_out_for_itself() -> None:
    assert left_out_together(GROUPS, None) == {group: [group] for group in sorted(GROUPS)}


def test_folds_leave_out_every_group_exactly_once() -> None:
    folds = left_out_together(GROUPS, 3)
    assert len(folds) == 3
    assert sorted(group for groups in folds.values() for group in groups) == sorted(GROUPS)


def test_folds_do_not_depend_on_the_order_of_groups() -> None:
    assert left_out_together(GROUPS, 2) == left_out_together(reversed(GROUPS), 2)
