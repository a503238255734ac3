"""Ways to break a copy of the project, each with what the rule that is broken must say. A rule that nothing breaks would be none."""

from collections.abc import Callable
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from PIL import Image
import yaml

from .house import House

type Change = Callable[[House], None]

_FLOW_FILES = "*flow*.py"


@dataclass(frozen=True, slots=True)
class Break:
    """One mutation: the rule it breaks, what is done, and words of the complaint that must follow."""

    rule: str
    change: Change
    says: str


def _json(path: str, change: Callable[[Any], object]) -> Change:
    def apply(house: House) -> None:
        file = house.root / path if path == "hacs.json" else house.folder / path
        data = json.loads(file.read_text(encoding="utf-8"))
        change(data)
        file.write_text(
            json.dumps(data, indent=2, ensure_ascii=False, sort_keys="translations" in path) + "\n", encoding="utf-8"
        )

    return apply


def _manifest(**values: Any) -> Change:
    """With these values; `...` takes the key away. The order of keys is kept, new ones come last."""

    def change(data: dict[str, Any]) -> None:
        for key, value in values.items():
            if value is ...:
                del data[key]
            else:
                data[key] = value

    return _json("manifest.json", change)


def _words(way: str, value: object) -> Change:
    """Another English text at this way; `...` takes it away."""

    def change(data: dict[str, Any]) -> None:
        *steps, last = way.split("/")
        for step in steps:
            data = data.setdefault(step, {})
        if value is ...:
            del data[last]
        else:
            data[last] = value

    return _json("translations/en.json", change)


def _icons(way: str, value: object) -> Change:
    def change(data: dict[str, Any]) -> None:
        *steps, last = way.split("/")
        for step in steps:
            data = data.setdefault(step, {})
        data[last] = value

    return _json("icons.json", change)


def _yaml(path: str, change: Callable[[Any], object]) -> Change:
    def apply(house: House) -> None:
        file = house.folder / path
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        change(data)
        file.write_text(yaml.safe_dump(data), encoding="utf-8")

    return apply


def _replace(path: str, old: str, new: str) -> Change:
    """Another text in the files of the integration that this pattern finds, wherever it stands; it must stand somewhere."""

    def apply(house: House) -> None:
        files = [file for file in house.folder.rglob(path) if old in file.read_text(encoding="utf-8")]
        if not files:
            raise LookupError(f"nothing to break: {old!r} is not in {path}")
        for file in files:
            file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return apply


def _write(path: str, text: str) -> Change:
    def apply(house: House) -> None:
        file = house.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    return apply


def _append(path: str, text: str) -> Change:
    def apply(house: House) -> None:
        file = house.folder / path
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")

    return apply


def _away(path: str) -> Change:
    def apply(house: House) -> None:
        (house.folder / path).unlink()

    return apply


def _at_root(path: str, text: str | None) -> Change:
    def apply(house: House) -> None:
        file = house.root / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    return apply


def _picture(name: str, size: int, mode: str = "RGBA", picture_format: str = "PNG") -> Change:
    def apply(house: House) -> None:
        Image.new(mode, (size, size)).save(house.folder / "brand" / name, format=picture_format)

    return apply


def _scale(name: str, said: object) -> Change:
    def change(data: dict[str, Any]) -> None:
        if said is ...:
            del data["rules"][name]
        else:
            data["rules"][name] = said

    return _yaml("quality_scale.yaml", change)


def _other_domain(house: House) -> None:
    house.folder.rename(house.folder.parent / "camera")


def _second_integration(house: House) -> None:
    (house.root / "custom_components" / "another").mkdir()


def _no_reauth(house: House) -> None:
    _replace(_FLOW_FILES, "async def async_step_reauth(", "async def async_step_some_other(")(house)


def _another_language(change: Callable[[dict[str, Any]], object]) -> Change:
    """Welsh, made of the English texts, with a change."""

    def apply(house: House) -> None:
        data = json.loads((house.folder / "translations" / "en.json").read_text(encoding="utf-8"))
        change(data)
        text = json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        (house.folder / "translations" / "cy.json").write_text(text, encoding="utf-8")

    return apply


def _a_field_twice(data: dict[str, Any]) -> None:
    fields = data["ask"]["fields"]
    fields["more"] = {"fields": {"question": fields["question"]}}


_ABORT = "config/abort/not_a_wearable"
_KEY_OF_MANIFEST = "the_manifest_has_the_keys_it_needs_and_no_others"
_PLACES = "words_are_in_their_places"
_ICON_PLACES = "icons_are_in_their_places"

BREAKS = [
    # the manifest
    Break(_KEY_OF_MANIFEST, _manifest(colour="blue"), "colour"),
    Break(_KEY_OF_MANIFEST, _manifest(version=...), "version"),
    Break(_KEY_OF_MANIFEST, _manifest(version="soon"), "no version"),
    Break(_KEY_OF_MANIFEST, _manifest(iot_class=...), "iot_class"),
    Break(_KEY_OF_MANIFEST, _manifest(iot_class="telepathy"), "iot_class"),
    Break(_KEY_OF_MANIFEST, _manifest(integration_type="toy"), "integration_type"),
    Break(_KEY_OF_MANIFEST, _manifest(quality_scale="diamond"), "quality_scale"),
    Break(_KEY_OF_MANIFEST, _manifest(documentation="http://example.com"), "https"),
    Break(
        _KEY_OF_MANIFEST,
        _manifest(documentation="https://www.home-assistant.io/integrations/x"),
        "not of Home Assistant",
    ),
    Break(_KEY_OF_MANIFEST, _manifest(requirements="google-genai"), "requirements"),
    Break(_KEY_OF_MANIFEST, _manifest(zeroconf=["_shelfsight._tcp"]), "zeroconf"),
    Break(_KEY_OF_MANIFEST, _manifest(zeroconf=["_an-endless-service-name._tcp.local."]), "zeroconf"),
    Break(
        _KEY_OF_MANIFEST,
        _manifest(zeroconf=[{"type": "_shelfsight._tcp.local.", "properties": {"model": "Glasses"}}]),
        "zeroconf",
    ),
    Break("the_manifest_is_sorted", _manifest(version=..., iot_class=..., name="Shelfsight", a="b"), "not sorted"),
    Break("the_folder_is_called_like_the_domain", _manifest(domain="other"), "the domain is other"),
    Break("the_domain_is_nobody_elses", _other_domain, "Home Assistant has an integration"),
    Break("the_domain_is_nobody_elses", _other_domain, "a platform"),
    Break("code_owners_are_handles", _manifest(codeowners=["somebody"]), "no handle"),
    Break("code_owners_are_handles", _manifest(codeowners=[]), "nobody owns"),
    Break("the_type_is_named", _manifest(integration_type=...), "integration_type"),
    Break("requirements_can_be_read", _manifest(requirements=["google-genai >= 2"]), "space"),
    Break("requirements_can_be_read", _manifest(requirements=["google-genai@main"]), "cannot be read"),
    Break("requirements_are_no_tools", _manifest(requirements=["pytest==9"]), "not for run time"),
    Break("requirements_are_no_tools", _manifest(requirements=["numpy>=2"]), "own to choose"),
    Break(
        "discovery_has_its_step", _replace(_FLOW_FILES, "async_step_zeroconf", "async_step_seen"), "async_step_zeroconf"
    ),
    Break("every_json_file_can_be_read", _append("icons.json", "}"), "icons.json is no JSON"),
    # code
    Break(
        "whatever_is_imported_is_declared",
        _append("entity.py", "from homeassistant.components import mqtt\n"),
        "mqtt is used",
    ),
    Break(
        "whatever_is_imported_is_declared",
        _append("entity.py", "def later() -> None:\n    import homeassistant.components.sun.entity\n"),
        "sun is used",
    ),
    Break("whatever_is_imported_is_declared", _manifest(after_dependencies=[]), "tts is used"),
    Break(
        "whatever_is_declared_exists_once",
        _manifest(dependencies=["camera", "http", "telepathy"]),
        "no integration telepathy",
    ),
    Break(
        "whatever_is_declared_exists_once", _manifest(dependencies=["camera", "http", "tts"]), "tts is declared twice"
    ),
    Break(
        "whatever_is_declared_exists_once",
        _manifest(dependencies=["camera", "http", "zwave_js"]),
        "zwave_js is declared and not used",
    ),
    Break("whatever_is_declared_exists_once", _manifest(dependencies=["http", "camera"]), "dependencies is not sorted"),
    Break(
        "it_says_what_it_takes_from_yaml", _replace("__init__.py", "CONFIG_SCHEMA =", "SCHEMA ="), "no CONFIG_SCHEMA"
    ),
    Break("it_says_what_it_takes_from_yaml", _away("__init__.py"), "no __init__.py"),
    Break(
        "discovered_things_get_a_unique_id", _replace("*.py", "async_set_unique_id", "async_set_name"), "no unique id"
    ),
    Break("the_flow_is_where_home_assistant_looks", _manifest(config_flow=False), "do not go together"),
    Break(
        "every_choice_of_a_menu_leads_to_a_step",
        _replace(_FLOW_FILES, "async_step_cameras", "async_step_photos"),
        "cameras has no step",
    ),
    Break(
        "platforms_are_sorted",
        _replace("const.py", "Platform.SWITCH,\n", "Platform.SWITCH,\n    Platform.AI_TASK,\n"),
        "not sorted",
    ),
    # actions
    Break("actions_are_described", _yaml("services.yaml", lambda data: data["ask"].update(colour="blue")), "colour"),
    Break(
        "actions_are_described",
        _yaml("services.yaml", lambda data: data["ask"]["fields"]["mode"].update(selector={"moon": {}})),
        "moon",
    ),
    Break(
        "actions_are_described",
        _yaml("services.yaml", lambda data: data["ask"]["fields"]["mode"].pop("selector")),
        "selector",
    ),
    Break(
        "actions_are_described",
        _yaml("services.yaml", lambda data: data["ask"]["fields"]["mode"].update(default=None)),
        "empty",
    ),
    Break("actions_that_are_registered_have_their_file", _away("services.yaml"), "no services.yaml"),
    Break("every_field_stands_once", _yaml("services.yaml", _a_field_twice), "question twice"),
    Break("actions_have_words_and_icons", _words("services/ask/name", ...), "ask has no words"),
    Break("actions_have_words_and_icons", _words("services/ask/fields/mode/description", ...), "field mode of ask"),
    Break(
        "actions_have_words_and_icons", _words("services/ask/fields/moon", {"name": "a", "description": "b"}), "moon"
    ),
    Break("actions_have_words_and_icons", _words("services/sing", {"name": "a", "description": "b"}), "sing has words"),
    Break("actions_have_words_and_icons", _words("selector/mode/options/read", ...), "choice read"),
    Break(
        "actions_have_words_and_icons", _json("icons.json", lambda data: data["services"].pop("ask")), "ask has no icon"
    ),
    Break("triggers_have_their_file", _write("trigger.py", ""), "no triggers.yaml"),
    Break("conditions_have_their_file", _write("condition.py", ""), "no conditions.yaml"),
    # words
    Break(_PLACES, _words(_ABORT, "See <b>here</b>."), "HTML"),
    Break(_PLACES, _words(_ABORT, "See https://example.com/help."), "address"),
    Break(_PLACES, _words(_ABORT, "See www.example.com."), "address"),
    Break(_PLACES, _words(_ABORT, "Not a wearable. "), "space"),
    Break(_PLACES, _words(_ABORT, ""), "empty"),
    Break(_PLACES, _words(_ABORT, "[%key:common::config_flow::abort::unknown%]"), "written out"),
    Break(_PLACES, _words(_ABORT, "It is called '{name}'."), "single quotes"),
    Break(_PLACES, _words(_ABORT, "It is called {its name}."), "no name"),
    Break(_PLACES, _words(_ABORT, "It is called {}."), "no name"),
    Break(_PLACES, _words(_ABORT, "It is called {name."), "alone"),
    Break(_PLACES, _words(_ABORT, ["a", "list"]), "no text"),
    Break(_PLACES, _words("entity/sensor/state/state/idle", "Idle since {time}"), "placeholder where none"),
    Break(_PLACES, _words("entity/sensor/state/state/Very Idle", "Idle"), "no key"),
    Break(_PLACES, _words("exceptions/stopped", "It was stopped."), "exceptions"),
    Break(_PLACES, _words("exceptions/stopped/text", "It was stopped."), "text"),
    Break(_PLACES, _words("issues/quota/description", "It is spent."), "issues"),
    Break(_PLACES, _words("services/ask/description", ...), "description"),
    Break(_PLACES, _words("moods", {"good": "Good"}), "moods"),
    Break(_PLACES, _away("translations/en.json"), "no translations/en.json"),
    Break(_PLACES, _another_language(lambda data: data["config"]["abort"].update(not_a_wearable=" ")), "cy.json"),
    Break(
        "fields_are_explained_only_where_they_are",
        _words("config/step/pair/data_description/moon", "The moon."),
        "moon",
    ),
    Break("texts_stand_where_home_assistant_reads_them", _write("strings.json", "{}"), "strings.json"),
    Break(
        "texts_stand_where_home_assistant_reads_them", _write(".translations/en.json", "{}"), "is called translations"
    ),
    Break("texts_stand_where_home_assistant_reads_them", _words("title", "Shelfsight"), "title"),
    Break(
        "texts_stand_where_home_assistant_reads_them",
        _words("config/step/pair/title", "Shelfsight"),
        "title of config.pair",
    ),
    Break(
        "every_language_has_every_text",
        _another_language(lambda data: data["config"]["abort"].pop("not_a_wearable")),
        "cy lacks",
    ),
    Break(
        "every_language_has_every_text",
        _another_language(lambda data: data["config"]["abort"].update(moon="Lleuad")),
        "English has not",
    ),
    Break(
        "every_language_has_every_text",
        _another_language(lambda data: data["exceptions"]["bad_question"].update(message="Testun.")),
        "placeholders of the English",
    ),
    Break(
        "words_are_sorted_and_readable", _write("translations/cy.json", '{"b": "c", "a": "d"}'), "cy.json is not sorted"
    ),
    # icons
    Break(_ICON_PLACES, _icons("entity/sensor/state/default", "hass:sleep"), "no icon"),
    Break(_ICON_PLACES, _icons("entity/sensor/state/colour", "mdi:sleep"), "colour"),
    Break(_ICON_PLACES, _icons("moods", {}), "moods"),
    Break(_ICON_PLACES, _icons("entity/sensor/first_audio/range", {"100": "mdi:timer", "20": "mdi:timer"}), "ascend"),
    Break(
        "icons_belong_to_something_that_has_words",
        _icons("entity/sensor/moon", {"default": "mdi:sleep"}),
        "sensor.moon",
    ),
    Break(
        "icons_belong_to_something_that_has_words",
        _icons("entity/sensor/state/state/dreaming", "mdi:sleep"),
        "dreaming",
    ),
    Break("icons_belong_to_something_that_has_words", _icons("services/sing", {"service": "mdi:sleep"}), "sing"),
    Break(
        "icons_belong_to_something_that_has_words",
        _icons("options/step/settings/sections/moon", "mdi:sleep"),
        "section moon",
    ),
    Break("icons_exist", _icons("entity/sensor/state/default", "mdi:shelf-with-green-bag"), "no icon mdi:shelf"),
    Break(
        "icons_do_not_hide_those_of_device_classes",
        _icons("entity/sensor/battery", {"default": "mdi:battery"}),
        "battery",
    ),
    # the quality scale
    Break("every_rule_is_answered", _scale("brands", ...), "brands"),
    Break("every_rule_is_answered", _scale("brands", "nearly"), "brands"),
    Break("every_rule_is_answered", _scale("brands", {"status": "exempt"}), "comment"),
    Break("every_rule_is_answered", _scale("beauty", "done"), "beauty"),
    Break("nothing_is_left_to_do", _scale("brands", "todo"), "brands is left"),
    Break("nothing_is_left_to_do", _scale("brands", {"status": "todo", "comment": "Later."}), "brands is left"),
    Break("nothing_is_left_to_do", _scale("test-coverage", "done"), "still stands"),
    Break(
        "actions_are_registered_once",
        _replace(
            "sensor.py", "    async_add_entities(\n", "    async_register_services(hass)\n    async_add_entities(\n"
        ),
        "sensor.py registers",
    ),
    Break("the_flow_has_its_steps", _no_reauth, "async_step_reauth"),
    Break("the_flow_has_its_steps", _replace("*.py", "_abort_if_unique_id_configured", "_go_on"), "refused"),
    Break("failures_are_shown_before_an_entry_is_made", _replace("*.py", "errors=", "faults="), "no form"),
    Break(
        "the_entry_holds_what_runs",
        _replace("__init__.py", "entry.runtime_data = ", "hass.data[DOMAIN] = "),
        "stores nothing",
    ),
    Break(
        "the_entry_holds_what_runs",
        _replace("switch.py", "entry: ShelfsightConfigEntry", "entry: ConfigEntry"),
        "switch.py takes",
    ),
    Break(
        "entries_can_be_unloaded",
        _replace("__init__.py", "async_unload_entry", "async_close_entry"),
        "no async_unload_entry",
    ),
    Break("platforms_say_how_much_at_once", _replace("switch.py", "PARALLEL_UPDATES", "AT_ONCE"), "switch.py"),
    Break("diagnostics_are_given", _away("diagnostics.py"), "gives none"),
    Break("entities_have_a_common_room", _replace("entity.py", "_attr_has_entity_name = True", ""), "ChoiceSwitch"),
    Break("entities_have_a_common_room", _away("entity.py"), "no entity.py"),
    # HACS
    Break("hacs_json_is_there_and_right", _at_root("hacs.json", None), "no hacs.json"),
    Break("hacs_json_is_there_and_right", _at_root("hacs.json", "{"), "no hacs.json"),
    Break("hacs_json_is_there_and_right", _json("hacs.json", lambda data: data.update(domains=["sensor"])), "domains"),
    Break(
        "hacs_json_is_there_and_right", _json("hacs.json", lambda data: data.update(name="Shelf")), "different names"
    ),
    Break(
        "hacs_json_is_there_and_right", _json("hacs.json", lambda data: data.update(homeassistant="new")), "no version"
    ),
    Break("the_manifest_has_what_hacs_reads", _manifest(issue_tracker=...), "issue_tracker"),
    Break("there_is_one_integration", _second_integration, "another"),
    Break("there_is_something_to_read", _at_root("README.md", "# Shelfsight\n"), "README"),
    Break("there_is_a_licence", _at_root("LICENSE", "Do as you like."), "LICENSE"),
    Break("there_are_pictures_of_the_brand", _away("brand/icon.png"), "no brand/icon.png"),
    Break("there_are_pictures_of_the_brand", _picture("icon.png", 200), "200 x 200"),
    Break("there_are_pictures_of_the_brand", _picture("icon.png", 256, "RGB"), "not transparent"),
    Break("there_are_pictures_of_the_brand", _picture("icon.png", 256, "RGB", "JPEG"), "no PNG"),
    Break("there_are_pictures_of_the_brand", _write("brand/icon.png", "a picture"), "no picture"),
    Break("there_are_pictures_of_the_brand", _picture("banner.png", 256), "served by nobody"),
    Break("the_programs_themselves_run", _at_root(".github/workflows/validate.yml", None), "hassfest"),
    Break(
        "the_programs_themselves_run",
        _at_root(".github/workflows/validate.yml", "on: {push: {}}\njobs: {}\n"),
        "schedule",
    ),
    Break(
        "forms_for_reports_can_be_filled_by_ear",
        _at_root(
            ".github/ISSUE_TEMPLATE/other.yml", "name: a\ndescription: b\nbody: [{type: input, attributes: {}}]\n"
        ),
        "no label",
    ),
    Break(
        "forms_for_reports_can_be_filled_by_ear", _at_root(".github/ISSUE_TEMPLATE/other.yml", "body: []\n"), "no name"
    ),
    Break("versions_agree", _manifest(version="9.9.9"), "different versions"),
]


def broken(one: Break, target: House) -> House:
    """The copy after the change; read anew, because what was read before is kept."""
    one.change(target)
    return House(Path(target.root))
