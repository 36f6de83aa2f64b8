"""Files delivered in pieces: resumed where they stopped, checked, bounded, and never named on disk by what they are
called."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import InputError
from search_api.engine.desk import Conflict
from search_api.engine.drops import deliveries as module
from search_api.engine.drops.deliveries import Delivery, DeliveryStore, TooLarge, checked_path

BYTES = bytes(range(256)) * 40


@pytest.fixture
def store(data: Path) -> DeliveryStore:
    return DeliveryStore(data, most_bytes=20_000, spare_bytes=0)


def again(store: DeliveryStore, delivery: Delivery) -> Delivery:
    found = store.delivery(delivery.owner, delivery.id)
    assert found is not None
    return found


def opened(store: DeliveryStore) -> Delivery:
    return store.open("a", "semaine 48", "general", "delta")


def test_pieces_make_the_file_whatever_is_cut(store: DeliveryStore, data: Path) -> None:
    delivery = opened(store)
    file = store.announce(delivery, "notes/a.txt", len(BYTES), hashlib.sha256(BYTES).hexdigest())
    assert store.write(delivery, file, 0, BYTES[:3_000]) == 3_000
    # Another process, after a stop.
    later = DeliveryStore(data, most_bytes=20_000, spare_bytes=0)
    (found,) = again(later, delivery).files
    assert (found.received, found.complete) == (3_000, False)
    later.write(delivery, found, 3_000, BYTES[3_000:])
    (incoming,) = later.incoming(again(later, delivery))
    assert incoming.path == "notes/a.txt"
    assert incoming.source is not None and incoming.source.read_bytes() == BYTES


@pytest.mark.parametrize("offset", [0, 99, 101, 5_000])
def test_a_piece_that_does_not_start_where_the_file_ends_is_refused(store: DeliveryStore, offset: int) -> None:
    delivery = opened(store)
    file = store.announce(delivery, "a.txt", len(BYTES))
    store.write(delivery, file, 0, BYTES[:100])
    with pytest.raises(Conflict, match="100 octets"):
        store.write(delivery, file, offset, b"x")
    assert again(store, delivery).files[0].received == 100


def test_a_file_that_did_not_come_as_announced_starts_again(store: DeliveryStore) -> None:
    delivery = opened(store)
    file = store.announce(delivery, "a.txt", 4, hashlib.sha256(b"abcd").hexdigest())
    with pytest.raises(InputError, match="SHA-256"):
        store.write(delivery, file, 0, b"abce")
    assert store.write(delivery, file, 0, b"abcd") == 4


def test_more_than_announced_is_refused(store: DeliveryStore) -> None:
    delivery = opened(store)
    file = store.announce(delivery, "a.txt", 4)
    with pytest.raises(InputError, match="dépasse"):
        store.write(delivery, file, 0, b"abcde")


def test_a_delivery_that_did_not_come_whole_is_not_taken_in(store: DeliveryStore) -> None:
    delivery = opened(store)
    with pytest.raises(InputError, match="aucun fichier"):
        store.incoming(delivery)
    store.announce(delivery, "a.txt", 4)
    with pytest.raises(InputError, match=r"a\.txt"):
        store.incoming(again(store, delivery))


def test_announcing_a_file_again_tells_from_where_to_go_on(store: DeliveryStore) -> None:
    delivery = opened(store)
    file = store.announce(delivery, "a.txt", 4)
    store.write(delivery, file, 0, b"ab")
    assert store.announce(delivery, "a.txt", 4).received == 2
    with pytest.raises(Conflict, match=r"a\.txt"):
        store.announce(delivery, "a.txt", 5)


def test_a_delivery_is_bounded_in_bytes_and_files(store: DeliveryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = opened(store)
    store.announce(delivery, "a.txt", 15_000)
    with pytest.raises(TooLarge):
        store.announce(delivery, "b.txt", 5_001)
    monkeypatch.setattr(module, "MOST_FILES", 1)
    with pytest.raises(InputError, match="1 fichiers"):
        store.announce(delivery, "c.txt", 1)


def test_a_delivery_leaves_the_disk_its_spare_room(data: Path) -> None:
    store = DeliveryStore(data, most_bytes=1 << 60, spare_bytes=1 << 60)
    with pytest.raises(TooLarge, match="disque"):
        store.announce(opened(store), "a.txt", 1)


def test_a_delivery_belongs_to_who_opened_it(store: DeliveryStore) -> None:
    assert store.delivery("b", opened(store).id) is None


def test_a_delivery_forgotten_for_a_week_leaves_the_disk(
    store: DeliveryStore, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = opened(store)
    store.announce(delivery, "a.txt", 4)
    monkeypatch.setattr(module, "KEPT", -module.KEPT)
    other = opened(store)
    assert store.delivery("a", delivery.id) is None
    assert [folder.name for folder in (data / "desk/deliveries").iterdir()] == [other.id]


def test_deliveries_opened_at_the_same_time_do_not_take_one_another_for_leftovers(data: Path) -> None:
    stores = [DeliveryStore(data, most_bytes=20_000, spare_bytes=0) for _ in range(4)]
    with ThreadPoolExecutor(4) as people:
        opened_by = people.map(lambda store: [opened(store) for _ in range(25)], stores)
        deliveries = [one for some in opened_by for one in some]
    assert {folder.name for folder in (data / "desk/deliveries").iterdir()} == {one.id for one in deliveries}
    for one in deliveries:
        stores[0].announce(one, "a.txt", 4)


@given(st.text(alphabet=st.sampled_from("ab./\\\x00é \n~"), max_size=30))
def test_a_name_never_leads_up_nor_out(path: str) -> None:
    try:
        kept = checked_path(path)
    except InputError:
        assert not path.replace("\\", "/").replace("/", "").replace(".", "")
        return
    assert not kept.startswith("/") and "\x00" not in kept
    assert not {"..", ".", ""} & set(kept.split("/"))


def test_hostile_names_name_nothing_on_disk(store: DeliveryStore, data: Path) -> None:
    delivery = opened(store)
    for name in ("../../../etc/passwd", "/etc/shadow", "..\\..\\windows", "a\x00b", "x" * 1_000):
        store.write(delivery, store.announce(delivery, name, 1), 0, b"x")
    found = sorted(path.name for path in (data / "desk/deliveries").rglob("*") if path.is_file())
    assert found == [f"{number:06d}" for number in range(1, 6)]
