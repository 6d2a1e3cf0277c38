import pytest

from helpers.runs import ROOT, SMALL, script
from mapsto import BadInput
from mapsto.runs.lessons.discovery import choose, find, load
from mapsto.runs.lessons.reading_order import place


def told(function, *arguments):
    with pytest.raises(BadInput) as error:
        function(*arguments)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_the_folder_is_the_registry():
    names = [experiment.name for experiment in find(ROOT / "experiments")]
    assert names[:2] == ["one-slope", "three-routes"]
    assert len(names) == len([p for p in (ROOT / "experiments").glob("*.py") if not p.name.startswith("_")])


def test_experiments_come_in_the_listed_order_then_by_name(tmp_path):
    for name in ("d", "b", "c", "a"):
        script(tmp_path, name)
    assert [experiment.name for experiment in find(tmp_path)] == ["a", "b", "c", "d"]
    (tmp_path / "reading_order.txt").write_text("# first things first\n\n c  # the example\nb\n")
    assert [experiment.name for experiment in find(tmp_path)] == ["c", "b", "a", "d"]
    assert [place(name, str(tmp_path)) for name in "abcd"] == [None, 2, 1, None]
    assert place("a", str(tmp_path / "no folder")) is None


def test_every_shipped_experiment_has_a_place():
    folder = ROOT / "experiments"
    assert [place(experiment.name, str(folder)) for experiment in find(folder)] == list(range(1, len(find(folder)) + 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"one\ntow\n", "lists 'tow', which no script in the folder defines; there are: one"),
        (b"one\none\n", "lists 'one' more than once"),
        (b"one\n\xff\n", "is not UTF-8 text"),
    ],
)
def test_a_reading_order_that_cannot_be_used_is_told_with_its_path(tmp_path, text, words):
    script(tmp_path, "one")
    (tmp_path / "reading_order.txt").write_bytes(text)
    message = told(find, tmp_path)
    assert words in message
    assert "reading_order.txt" in message


def test_files_that_begin_with_an_underscore_and_other_files_are_no_experiments(tmp_path):
    script(tmp_path)
    (tmp_path / "_shared.py").write_text("raise RuntimeError")
    (tmp_path / "notes.txt").write_text("no Python")
    assert [experiment.name for experiment in find(tmp_path)] == ["small"]


def test_data_are_not_fetched_to_list(tmp_path):
    script(tmp_path, source=SMALL.replace("def data():", "def data():\n    raise RuntimeError('fetched')"))
    assert [experiment.name for experiment in find(tmp_path)] == ["small"]


def test_choosing(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for name in ("one", "two"):
        script(inside, name)
    own = script(outside, "own")

    def names(*wanted, folder=inside):
        return [experiment.name for experiment in choose(wanted, folder).values()]

    assert names() == ["one", "two"]
    assert names("two") == ["two"]
    assert names("two", "one") == ["two", "one"]
    assert names("two", "two") == ["two"]
    assert names(str(own)) == ["own"]
    assert names("one", str(own)) == ["one", "own"]
    assert names(str(own), folder=tmp_path / "no folder is needed") == ["own"]


def test_a_broken_neighbour_does_not_stop_a_script_named_by_its_path(tmp_path):
    own = script(tmp_path, "own")
    (tmp_path / "broken.py").write_text("def")
    assert [experiment.name for experiment in choose([str(own)], tmp_path).values()] == ["own"]
    assert "broken.py" in told(choose, ["own"], tmp_path)


def test_a_script_that_would_overwrite_a_lessons_page_is_refused(tmp_path):
    lesson, copy = script(tmp_path / "experiments", "one"), script(tmp_path / "mine", "one")
    message = told(choose, [str(copy)], tmp_path / "experiments")
    assert f"would overwrite the page of {str(lesson)!r}; rename it" in message
    assert list(choose([str(lesson)], tmp_path / "experiments")) == [str(lesson)]  # control: the lesson itself
    assert list(choose([str(copy)], tmp_path / "elsewhere")) == [str(copy)]


def test_a_script_asked_for_twice_runs_once(tmp_path):
    own = str(script(tmp_path, "own"))
    assert [(asked, found.name) for asked, found in choose([own, own], tmp_path).items()] == [(own, "own")]


def test_what_is_not_there_is_told(tmp_path):
    script(tmp_path, "one")
    assert told(choose, ["tow"], tmp_path).startswith("there is no experiment 'tow'; there are: one ")
    assert told(choose, ["tow.py"], tmp_path).startswith("there is no file 'tow.py'")
    assert "there is no folder" in told(find, tmp_path / "none")
    assert "there is no folder" in told(find, tmp_path / "one.py")
    (tmp_path / "empty").mkdir()
    assert "holds no experiment script" in told(find, tmp_path / "empty")
    (tmp_path / "folder.py").mkdir()
    assert "there is no file" in told(load, tmp_path / "folder.py")


def test_two_scripts_with_one_name_are_told_apart_by_their_files(tmp_path):
    script(tmp_path / "a", "one")
    (tmp_path / "a" / "other.py").write_text(SMALL.replace("NAME", "one"))
    message = told(find, tmp_path / "a")
    assert "one.py" in message
    assert "other.py" in message
    script(tmp_path / "b", "one")
    both = [str(tmp_path / "a" / "one.py"), str(tmp_path / "b" / "one.py")]
    assert "two of the experiments asked for are named 'one'" in told(choose, both, tmp_path)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def", "SyntaxError"),
        ("x = 1", "defines no experiment"),
        ("experiment = 3", "defines no experiment"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("from mapsto import Normal\nNormal(-1.0)", "the scale of the Normal prior is -1"),
        (SMALL.replace("NAME", "Not Kebab"), "the experiment's name is 'Not Kebab'"),
        (SMALL.replace('name="NAME",', ""), "TypeError"),
        ("experiment = '\\x00'\n\x00", "cannot be run"),
        ("raise SystemExit('stop')", "cannot be run"),
        (SMALL.replace('name="NAME"', "name=3"), "name"),
        (SMALL.replace("prior=Normal(scale=2.0)", "prior='normal'").replace("NAME", "small"), "prior"),
    ],
)
def test_a_script_that_cannot_be_used_is_told_with_its_path(tmp_path, source, words):
    path = tmp_path / "mine.py"
    path.write_text(source)
    assert words in told(load, path)


def test_a_script_that_is_not_utf8_is_told(tmp_path):
    path = tmp_path / "mine.py"
    path.write_bytes(b"x = '\xff'\n")
    assert "mine.py" in told(load, path)
