from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def targets(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.data.targets")


def test_images_of_a_view_are_its_items(targets: ModuleType, embedded: "fo.Dataset") -> None:
    view = embedded.skip(4).limit(3)
    items = targets.resolve_target(view).items()
    assert list(items.ids) == view.values("id")
    assert items.sample_ids == items.ids


def test_objects_of_a_filtered_view_are_its_items(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    from fiftyone import ViewField as F

    view = with_objects.filter_labels("objects", F("bounding_box")[0] > 0.2)
    items = targets.resolve_target(view, "objects").items()
    assert list(items.ids) == view.values("objects.detections.id", unwind=True)
    assert list(items.sample_ids) == with_objects.values("id")


def test_patches_view_stands_for_its_objects(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    patches = with_objects.to_patches("objects").skip(3).limit(4)
    target = targets.resolve_target(patches)
    assert target.dataset is with_objects
    assert target.path("cluster") == "objects.detections.cluster"
    assert list(target.items().ids) == patches.values("id")
    assert list(target.items().sample_ids) == patches.values("sample_id")


@pytest.mark.parametrize("patches_field", [None, "objects"])
def test_items_that_joined_views_have_in_common_count_once(
    targets: ModuleType, with_objects: "fo.Dataset", patches_field: str | None
) -> None:
    everything = targets.resolve_target(with_objects, patches_field).items()
    view = with_objects.view().concat(with_objects.skip(2).limit(3))
    assert targets.resolve_target(view, patches_field).items() == everything


def test_objects_of_an_image_that_is_in_both_of_two_joined_views_are_all_there(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    from fiftyone import ViewField as F

    x = F("bounding_box")[0]
    left, right = (with_objects.filter_labels("objects", one) for one in (x < 0.2, x >= 0.2))
    items = targets.resolve_target(left.concat(right).concat(left), "objects").items()
    assert len(items) == 30
    assert set(items.ids) == set(with_objects.values("objects.detections.id", unwind=True))


def test_patches_that_joined_views_have_in_common_count_once(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    patches = with_objects.to_patches("objects")
    everything = targets.resolve_target(patches).items()
    assert targets.resolve_target(patches.concat(patches.limit(4))).items() == everything


def test_objects_that_share_their_ids_are_refused_until_they_are_copied_as_the_sentence_says(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    first = with_objects.limit(15)
    with_objects.add_collection(with_objects.limit(2), new_ids=True)
    copies = with_objects.skip(15)
    views = (with_objects, copies, first, first.to_patches("objects"))
    sentences: set[str] = set()
    for view in views:
        with pytest.raises(ValueError, match="4 patches of 'objects' have the id of") as refused:
            targets.resolve_target(view, "objects").items()
        sentences.add(str(refused.value))
    (sentence,) = sentences
    cure = sentence.partition("in Python: ")[2].replace("<copies>", "copies")
    exec(cure, {"copies": copies})
    found = [len(targets.resolve_target(view, "objects").items()) for view in views]
    assert found == [34, 4, 30, 30]


def test_objects_of_one_image_that_share_an_id_are_refused(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    sample = with_objects.first()
    one, other = sample.objects.detections
    other.id = one.id
    sample.save()
    with pytest.raises(ValueError, match=r"^1 patch of 'objects' has the id of another"):
        targets.resolve_target(with_objects, "objects").items()


@pytest.mark.parametrize("patches_field", [None, "objects"])
def test_counting_stops_at_the_limit(
    targets: ModuleType, with_objects: "fo.Dataset", patches_field: str | None
) -> None:
    target = targets.resolve_target(with_objects, patches_field)
    assert target.count_up_to(3) >= 3
    assert target.count_up_to(1000) == (15 if patches_field is None else 30)
    assert targets.resolve_target(with_objects.limit(0), patches_field).count_up_to(5) == 0


def test_images_without_objects_are_passed_over_in_counting(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    import fiftyone as fo

    without = [fo.Detections(), fo.Detections(detections=[]), None, None]
    with_objects.limit(4).set_values("objects", without)
    target = targets.resolve_target(with_objects, "objects")
    assert [target.count_up_to(limit) for limit in (1, 3, 1000)] == [2, 6, 22]


def test_long_list_of_stages_is_left_out_of_the_record(
    targets: ModuleType, embedded: "fo.Dataset"
) -> None:
    from bson import ObjectId

    view = embedded.select([str(ObjectId()) for _ in range(40_000)])
    assert targets.resolve_target(view).describe()["stages"] is None
    assert "Limit" in targets.resolve_target(embedded.limit(3)).describe()["stages"]


def test_stages_with_ids_dates_and_patterns_come_back_from_the_record(
    targets: ModuleType, embedded: "fo.Dataset"
) -> None:
    import re
    from datetime import datetime

    import fiftyone as fo
    from bson import ObjectId, json_util

    wanted = [
        {"_id": {"$in": [ObjectId(embedded.first().id)]}},
        {"created_at": {"$gt": datetime(2020, 1, 1)}},
        {"filepath": re.compile("PNG$", re.IGNORECASE)},
    ]
    view = embedded.match(wanted[0]).match(wanted[1]).match(wanted[2])
    stored = targets.resolve_target(view).describe()["stages"]
    again = fo.DatasetView._build(embedded, json_util.loads(stored))
    assert again.values("id") == view.values("id") == [embedded.first().id]


def test_patches_field_that_the_view_leaves_out_is_refused(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    for view in (with_objects.select_fields("filepath"), with_objects.exclude_fields("objects")):
        with pytest.raises(ValueError, match=r"^The view leaves out the field 'objects'.*; take"):
            targets.resolve_target(view, "objects")
    some = with_objects.select_fields("objects.detections.label")
    assert len(targets.resolve_target(some, "objects").items()) == 30


def test_unknown_patches_field_is_refused_with_the_nearest(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match="no field 'object'; did you mean 'objects'"):
        targets.resolve_target(with_objects, "object")


def test_field_without_boxes_is_refused(targets: ModuleType, with_objects: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match="'ground_truth' is not a Detections or Polylines field"):
        targets.resolve_target(with_objects, "ground_truth")


def test_other_field_than_that_of_the_patches_view_is_refused(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match="of 'objects', not of 'ground_truth'; leave"):
        targets.resolve_target(with_objects.to_patches("objects"), "ground_truth")


def test_patches_of_an_evaluation_are_refused(
    targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    with_objects.clone_sample_field("objects", "guesses")
    with_objects.evaluate_detections("guesses", gt_field="objects", eval_key="found")
    with pytest.raises(ValueError, match="with the patches button above the grid"):
        targets.resolve_target(with_objects.to_evaluation_patches("found"))


def test_view_with_one_tile_per_group_is_refused(
    targets: ModuleType, embedded: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match="one tile per group"):
        targets.resolve_target(embedded.group_by("ground_truth.label"))


@pytest.mark.parametrize(("name", "kind"), [("scene.fo3d", "3d"), ("points.pcd", "point-cloud")])
def test_other_media_are_refused(
    targets: ModuleType,
    make_dataset: Callable[..., "fo.Dataset"],
    tmp_path: Path,
    name: str,
    kind: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(b"{}")
    with pytest.raises(ValueError, match=rf"\(got {kind} media\); open a dataset of images"):
        targets.resolve_target(make_dataset([path]))


def test_something_else_than_a_dataset_is_refused(targets: ModuleType) -> None:
    with pytest.raises(TypeError, match="'samples' must be a FiftyOne dataset or view"):
        targets.resolve_target("dataset")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("list_runs", {}),
        ("load_run", {"run_key": "cluster"}),
        ("rename_run", {"run_key": "cluster", "new_run_key": "other"}),
        ("delete_run", {"run_key": "cluster"}),
        ("evaluate_clusters", {}),
        ("visualize_clusters", {}),
        ("review_progress", {}),
        ("confirm_clusters", {"clusters": ["c00000"]}),
    ],
)
def test_every_function_refuses_the_name_of_a_dataset(
    plugin_part: Callable[[str], ModuleType], name: str, values: dict[str, str]
) -> None:
    with pytest.raises(TypeError, match=r"must be a FiftyOne dataset or view \(got 'my-images'\)"):
        getattr(plugin_part("operators"), name)("my-images", **values)


def test_run_on_patches_of_a_renamed_field_says_how_to_go_on(
    write: ModuleType, objects: "fo.Dataset"
) -> None:
    write.confirm_clusters(objects, ["c00000"], name="cat")
    objects.rename_sample_field("objects", "things")
    with pytest.raises(ValueError, match=r"^The patches of 'objects' were clustered") as refused:
        write.undo_correction(objects)
    cure = str(refused.value).partition("the old one: ")[2].replace("<new name>", "things")
    exec(cure, {"dataset": objects})
    write.undo_correction(objects)
    assert objects.count_values("objects.detections.cluster_confirmed") == {False: 30}


def test_videos_say_how_their_frames_are_clustered(
    targets: ModuleType, make_dataset: Callable[..., "fo.Dataset"], dataset: "fo.Dataset"
) -> None:
    import fiftyone as fo

    videos = make_dataset(0)
    video = fo.Sample(filepath="film.mp4")
    for number, path in enumerate(dataset.values("filepath"), start=1):
        video.frames[number] = fo.Frame(filepath=path)
    videos.add_sample(video)
    for samples in (videos, videos.to_frames()):
        with pytest.raises(ValueError, match=r"got video media.; make one of frames in Python"):
            targets.resolve_target(samples)
    frames = videos.to_frames().clone()
    assert len(targets.resolve_target(frames).items()) == 30
    frames.delete()
