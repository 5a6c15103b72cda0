"""The events of the panel by name: nothing else can be called from a browser."""

from collections.abc import Callable, Mapping

from . import decisions, embedding_map, groups, listing, moves, navigation
from .prompts import form_of
from .session import Session

EVENTS: Mapping[str, Callable[[Session], None]] = {
    "on_load": navigation.load,
    "on_change_selected": navigation.follow_selection,
    "on_change_extended_selection": navigation.follow_selection,
    "show_map": embedding_map.show_map,
    "refresh": navigation.refresh,
    "follow_runs": navigation.follow_runs,
    "start_over": navigation.start_over,
    "open_clusters": navigation.open_clusters,
    "open_small": navigation.open_small,
    "open_pairs": navigation.open_pairs,
    "open_history": navigation.open_history,
    "open_cluster": navigation.open_cluster,
    "next_cluster": navigation.next_cluster,
    "complete_name": navigation.complete_name,
    "show_in_grid": navigation.show_in_grid,
    "show_pair": navigation.show_pair,
    "filter_clusters": listing.filter_clusters,
    "sort_clusters": listing.sort_clusters,
    "search_clusters": listing.search_clusters,
    "show_all": listing.show_all_clusters,
    "turn_page": listing.turn_page,
    "mark_cluster": listing.mark_cluster,
    "tick_cluster": listing.tick_cluster,
    "clear_marks": listing.clear_marks,
    "choose_run": navigation.choose_run,
    "choose_truth": navigation.choose_truth,
    "confirm_cluster": decisions.confirm_cluster,
    "confirm_rest": decisions.confirm_rest,
    "confirm_named": decisions.confirm_named,
    "confirm_group": groups.confirm_group,
    "unconfirm_cluster": decisions.unconfirm_cluster,
    "rename_cluster": decisions.rename_cluster,
    "rename_named": decisions.rename_named,
    "merge_marked": decisions.merge_marked,
    "merge_into": decisions.merge_into,
    "confirm_marked": decisions.confirm_marked,
    "noise_marked": decisions.noise_marked,
    "mark_noise": decisions.mark_noise,
    "restore_all": decisions.restore_all,
    "answer_pair": decisions.answer_pair,
    "split_cluster": moves.split_cluster,
    "split_off": moves.split_off,
    "split_by_images": moves.split_by_images,
    "select_part": moves.select_part,
    "take_lasso": moves.take_lasso,
    "move_images": moves.move_images,
    "new_cluster": moves.new_cluster,
    "images_to_noise": moves.images_to_noise,
    "restore_images": moves.restore_images,
    "undo": moves.undo,
    "redo": moves.redo,
    "undo_to": moves.undo_to,
    "redo_to": moves.redo_to,
    "cluster_images": form_of("cluster_images", of_run=False),
    "load_run": form_of("load_run"),
    "apply_labels": form_of("apply_labels"),
    "assign_new_images": form_of("assign_new_images"),
    "open_workspace": form_of("visualize_clusters"),
    "export_corrections": form_of("export_corrections"),
    "import_corrections": form_of("import_corrections"),
}

LOOKING = frozenset(
    name
    for name, act in EVENTS.items()
    if act.__module__ in (navigation.__name__, listing.__name__)
)
"""Those that open, list and mark, and change nothing."""
