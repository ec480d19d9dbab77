import pytest

torch = pytest.importorskip("torch")

from export.caption.captions import Caption  # noqa: E402
from export.caption.links import AROUSAL_SCALE, VALENCE_SCALE, SourceLinks  # noqa: E402
from export.caption.targets import Targets, Words  # noqa: E402

CAPTIONS = [
    *(Caption("v", v, None, "", VALENCE_SCALE) for v in (0.1, 0.5, 0.9)),
    *(Caption("f", 0.4 + 0.2 * v, v, "", AROUSAL_SCALE) for v in (0.1, 0.5, 0.9)),
    *(Caption("t", None, None, label, "three") for label in ("negative", "neutral", "positive")),
    Caption("e", None, None, "joy", "words"),
]
TRUE_VALENCE = torch.tensor([0.1, 0.5, 0.9, 0.1, 0.5, 0.9, 0.1, 0.5, 0.9, 0.8])


def links_and_targets() -> tuple[SourceLinks, Targets]:
    words = Words.of(CAPTIONS)
    targets = Targets.of(CAPTIONS, words)
    return SourceLinks(words, targets, dim=4), targets


def test_links_begin_at_the_scale_of_each_data_set() -> None:
    links, targets = links_and_targets()
    rated = ~targets.valence.isnan()
    with torch.no_grad():
        linked = links.valence(TRUE_VALENCE, targets.source)
    torch.testing.assert_close(linked[rated], targets.valence[rated])


def test_the_scale_of_storify_itself_is_never_moved() -> None:
    links, targets = links_and_targets()
    with torch.no_grad():
        links.valence.scale.fill_(9.0)
        links.valence.shift.fill_(9.0)
        linked = links.valence(TRUE_VALENCE, targets.source)
    torch.testing.assert_close(linked[:3], TRUE_VALENCE[:3])
    assert (linked[3:6] > 9).all()


def test_the_truth_costs_less_than_its_opposite() -> None:
    links, targets = links_and_targets()
    pooled, arousal = torch.zeros(10, 4), torch.zeros(10)
    logits = torch.logit(TRUE_VALENCE)
    with torch.no_grad():
        right = links.loss(pooled, (logits, arousal), targets)
        wrong = links.loss(pooled, (-logits, arousal), targets)
    assert right < wrong


def test_unrated_captions_move_no_link() -> None:
    links, targets = links_and_targets()
    unrated = targets.rows(torch.tensor([9]))
    loss = links.loss(torch.zeros(1, 4), (torch.zeros(1), torch.zeros(1)), unrated)
    scale, bias = torch.autograd.grad(
        loss, [links.valence.scale, links.emotions.bias], materialize_grads=True
    )
    assert not scale.any()
    assert bias.any()
