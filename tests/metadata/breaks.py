"""Every way in which a copy of the project is broken, by the rule that must complain, and words of its complaint."""

from .breaking import (
    FLOW_FILES,
    Break,
    a_field_twice,
    another_language,
    append,
    at_root,
    away,
    change_json,
    change_yaml,
    icons,
    manifest,
    no_reauth,
    other_domain,
    picture,
    replace,
    scale,
    second_integration,
    words,
    write,
)

_ABORT = "config/abort/not_a_wearable"
_KEY_OF_MANIFEST = "the_manifest_has_the_keys_it_needs_and_no_others"
_PLACES = "words_are_in_their_places"
_ICON_PLACES = "icons_are_in_their_places"

BREAKS = [
    # the manifest
    Break(_KEY_OF_MANIFEST, manifest(colour="blue"), "colour"),
    Break(_KEY_OF_MANIFEST, manifest(version=...), "version"),
    Break(_KEY_OF_MANIFEST, manifest(version="soon"), "no version"),
    Break(_KEY_OF_MANIFEST, manifest(iot_class=...), "iot_class"),
    Break(_KEY_OF_MANIFEST, manifest(iot_class="telepathy"), "iot_class"),
    Break(_KEY_OF_MANIFEST, manifest(integration_type="toy"), "integration_type"),
    Break(_KEY_OF_MANIFEST, manifest(quality_scale="diamond"), "quality_scale"),
    Break(_KEY_OF_MANIFEST, manifest(documentation="http://example.com"), "https"),
    Break(
        _KEY_OF_MANIFEST,
        manifest(documentation="https://www.home-assistant.io/integrations/x"),
        "not of Home Assistant",
    ),
    Break(_KEY_OF_MANIFEST, manifest(requirements="google-genai"), "requirements"),
    Break(_KEY_OF_MANIFEST, manifest(zeroconf=["_shelfsight._tcp"]), "zeroconf"),
    Break(_KEY_OF_MANIFEST, manifest(zeroconf=["_an-endless-service-name._tcp.local."]), "zeroconf"),
    Break(
        _KEY_OF_MANIFEST,
        manifest(zeroconf=[{"type": "_shelfsight._tcp.local.", "properties": {"model": "Glasses"}}]),
        "zeroconf",
    ),
    Break("the_manifest_is_sorted", manifest(version=..., iot_class=..., name="Shelfsight", a="b"), "not sorted"),
    Break("the_folder_is_called_like_the_domain", manifest(domain="other"), "the domain is other"),
    Break("the_domain_is_nobody_elses", other_domain, "Home Assistant has an integration"),
    Break("the_domain_is_nobody_elses", other_domain, "a platform"),
    Break("code_owners_are_handles", manifest(codeowners=["somebody"]), "no handle"),
    Break("code_owners_are_handles", manifest(codeowners=[]), "nobody owns"),
    Break("the_type_is_named", manifest(integration_type=...), "integration_type"),
    Break("requirements_can_be_read", manifest(requirements=["google-genai >= 2"]), "space"),
    Break("requirements_can_be_read", manifest(requirements=["google-genai@main"]), "cannot be read"),
    Break("requirements_are_no_tools", manifest(requirements=["pytest==9"]), "not for run time"),
    Break("requirements_are_no_tools", manifest(requirements=["numpy>=2"]), "own to choose"),
    Break(
        "discovery_has_its_step", replace(FLOW_FILES, "async_step_zeroconf", "async_step_seen"), "async_step_zeroconf"
    ),
    Break("every_json_file_can_be_read", append("icons.json", "}"), "icons.json is no JSON"),
    # code
    Break(
        "whatever_is_imported_is_declared",
        append("entity.py", "from homeassistant.components import mqtt\n"),
        "mqtt is used",
    ),
    Break(
        "whatever_is_imported_is_declared",
        append("entity.py", "def later() -> None:\n    import homeassistant.components.sun.entity\n"),
        "sun is used",
    ),
    Break("whatever_is_imported_is_declared", manifest(after_dependencies=[]), "tts is used"),
    Break(
        "whatever_is_declared_exists_once",
        manifest(dependencies=["camera", "http", "telepathy"]),
        "no integration telepathy",
    ),
    Break(
        "whatever_is_declared_exists_once", manifest(dependencies=["camera", "http", "tts"]), "tts is declared twice"
    ),
    Break(
        "whatever_is_declared_exists_once",
        manifest(dependencies=["camera", "http", "zwave_js"]),
        "zwave_js is declared and not used",
    ),
    Break("whatever_is_declared_exists_once", manifest(dependencies=["http", "camera"]), "dependencies is not sorted"),
    Break("it_says_what_it_takes_from_yaml", replace("__init__.py", "CONFIG_SCHEMA =", "SCHEMA ="), "no CONFIG_SCHEMA"),
    Break("it_says_what_it_takes_from_yaml", away("__init__.py"), "no __init__.py"),
    Break(
        "discovered_things_get_a_unique_id", replace("*.py", "async_set_unique_id", "async_set_name"), "no unique id"
    ),
    Break("the_flow_is_where_home_assistant_looks", manifest(config_flow=False), "do not go together"),
    Break(
        "every_choice_of_a_menu_leads_to_a_step",
        replace(FLOW_FILES, "async_step_cameras", "async_step_photos"),
        "cameras has no step",
    ),
    Break(
        "platforms_are_sorted",
        replace("const.py", "Platform.SWITCH,\n", "Platform.SWITCH,\n    Platform.AI_TASK,\n"),
        "not sorted",
    ),
    # actions
    Break(
        "actions_are_described", change_yaml("services.yaml", lambda data: data["ask"].update(colour="blue")), "colour"
    ),
    Break(
        "actions_are_described",
        change_yaml("services.yaml", lambda data: data["ask"]["fields"]["mode"].update(selector={"moon": {}})),
        "moon",
    ),
    Break(
        "actions_are_described",
        change_yaml("services.yaml", lambda data: data["ask"]["fields"]["mode"].pop("selector")),
        "selector",
    ),
    Break(
        "actions_are_described",
        change_yaml("services.yaml", lambda data: data["ask"]["fields"]["mode"].update(default=None)),
        "empty",
    ),
    Break("actions_that_are_registered_have_their_file", away("services.yaml"), "no services.yaml"),
    Break("every_field_stands_once", change_yaml("services.yaml", a_field_twice), "question twice"),
    Break("actions_have_words_and_icons", words("services/ask/name", ...), "ask has no words"),
    Break("actions_have_words_and_icons", words("services/ask/fields/mode/description", ...), "field mode of ask"),
    Break("actions_have_words_and_icons", words("services/ask/fields/moon", {"name": "a", "description": "b"}), "moon"),
    Break("actions_have_words_and_icons", words("services/sing", {"name": "a", "description": "b"}), "sing has words"),
    Break("actions_have_words_and_icons", words("selector/mode/options/read", ...), "choice read"),
    Break(
        "actions_have_words_and_icons",
        change_json("icons.json", lambda data: data["services"].pop("ask")),
        "ask has no icon",
    ),
    Break("triggers_have_their_file", write("trigger.py", ""), "no triggers.yaml"),
    Break("conditions_have_their_file", write("condition.py", ""), "no conditions.yaml"),
    # words
    Break(_PLACES, words(_ABORT, "See <b>here</b>."), "HTML"),
    Break(_PLACES, words(_ABORT, "See https://example.com/help."), "address"),
    Break(_PLACES, words(_ABORT, "See www.example.com."), "address"),
    Break(_PLACES, words(_ABORT, "Not a wearable. "), "space"),
    Break(_PLACES, words(_ABORT, ""), "empty"),
    Break(_PLACES, words(_ABORT, "[%key:common::config_flow::abort::unknown%]"), "written out"),
    Break(_PLACES, words(_ABORT, "It is called '{name}'."), "single quotes"),
    Break(_PLACES, words(_ABORT, "It is called {its name}."), "no name"),
    Break(_PLACES, words(_ABORT, "It is called {}."), "no name"),
    Break(_PLACES, words(_ABORT, "It is called {name."), "alone"),
    Break(_PLACES, words(_ABORT, ["a", "list"]), "no text"),
    Break(_PLACES, words("entity/sensor/state/state/idle", "Idle since {time}"), "placeholder where none"),
    Break(_PLACES, words("entity/sensor/state/state/Very Idle", "Idle"), "no key"),
    Break(_PLACES, words("exceptions/stopped", "It was stopped."), "exceptions"),
    Break(_PLACES, words("exceptions/stopped/text", "It was stopped."), "text"),
    Break(_PLACES, words("issues/quota/description", "It is spent."), "issues"),
    Break(_PLACES, words("services/ask/description", ...), "description"),
    Break(_PLACES, words("moods", {"good": "Good"}), "moods"),
    Break(_PLACES, away("translations/en.json"), "no translations/en.json"),
    Break(_PLACES, another_language(lambda data: data["config"]["abort"].update(not_a_wearable=" ")), "cy.json"),
    Break(
        "fields_are_explained_only_where_they_are",
        words("config/step/pair/data_description/moon", "The moon."),
        "moon",
    ),
    Break("texts_stand_where_home_assistant_reads_them", write("strings.json", "{}"), "strings.json"),
    Break(
        "texts_stand_where_home_assistant_reads_them", write(".translations/en.json", "{}"), "is called translations"
    ),
    Break("texts_stand_where_home_assistant_reads_them", words("title", "Shelfsight"), "title"),
    Break(
        "texts_stand_where_home_assistant_reads_them",
        words("config/step/pair/title", "Shelfsight"),
        "title of config.pair",
    ),
    Break(
        "every_language_has_every_text",
        another_language(lambda data: data["config"]["abort"].pop("not_a_wearable")),
        "cy lacks",
    ),
    Break(
        "every_language_has_every_text",
        another_language(lambda data: data["config"]["abort"].update(moon="Lleuad")),
        "English has not",
    ),
    Break(
        "every_language_has_every_text",
        another_language(lambda data: data["exceptions"]["bad_question"].update(message="Testun.")),
        "placeholders of the English",
    ),
    Break(
        "words_are_sorted_and_readable", write("translations/cy.json", '{"b": "c", "a": "d"}'), "cy.json is not sorted"
    ),
    # icons
    Break(_ICON_PLACES, icons("entity/sensor/state/default", "hass:sleep"), "no icon"),
    Break(_ICON_PLACES, icons("entity/sensor/state/colour", "mdi:sleep"), "colour"),
    Break(_ICON_PLACES, icons("moods", {}), "moods"),
    Break(_ICON_PLACES, icons("entity/sensor/first_audio/range", {"100": "mdi:timer", "20": "mdi:timer"}), "ascend"),
    Break(
        "icons_belong_to_something_that_has_words",
        icons("entity/sensor/moon", {"default": "mdi:sleep"}),
        "sensor.moon",
    ),
    Break(
        "icons_belong_to_something_that_has_words",
        icons("entity/sensor/state/state/dreaming", "mdi:sleep"),
        "dreaming",
    ),
    Break("icons_belong_to_something_that_has_words", icons("services/sing", {"service": "mdi:sleep"}), "sing"),
    Break(
        "icons_belong_to_something_that_has_words",
        icons("options/step/settings/sections/moon", "mdi:sleep"),
        "section moon",
    ),
    Break("icons_exist", icons("entity/sensor/state/default", "mdi:shelf-with-green-bag"), "no icon mdi:shelf"),
    Break(
        "icons_do_not_hide_those_of_device_classes",
        icons("entity/sensor/battery", {"default": "mdi:battery"}),
        "battery",
    ),
    # the quality scale
    Break("every_rule_is_answered", scale("brands", ...), "brands"),
    Break("every_rule_is_answered", scale("brands", "nearly"), "brands"),
    Break("every_rule_is_answered", scale("brands", {"status": "exempt"}), "comment"),
    Break("every_rule_is_answered", scale("beauty", "done"), "beauty"),
    Break("nothing_is_left_to_do", scale("brands", "todo"), "brands is left"),
    Break("nothing_is_left_to_do", scale("brands", {"status": "todo", "comment": "Later."}), "brands is left"),
    Break(
        "actions_are_registered_once",
        replace(
            "sensor.py", "    async_add_entities(\n", "    async_register_services(hass)\n    async_add_entities(\n"
        ),
        "sensor.py registers",
    ),
    Break("the_flow_has_its_steps", no_reauth, "async_step_reauth"),
    Break("the_flow_has_its_steps", replace("*.py", "_abort_if_unique_id_configured", "_go_on"), "refused"),
    Break("failures_are_shown_before_an_entry_is_made", replace("*.py", "errors=", "faults="), "no form"),
    Break(
        "the_entry_holds_what_runs",
        replace("__init__.py", "entry.runtime_data = ", "hass.data[DOMAIN] = "),
        "stores nothing",
    ),
    Break(
        "the_entry_holds_what_runs",
        replace("switch.py", "entry: ShelfsightConfigEntry", "entry: ConfigEntry"),
        "switch.py takes",
    ),
    Break(
        "entries_can_be_unloaded",
        replace("__init__.py", "async_unload_entry", "async_close_entry"),
        "no async_unload_entry",
    ),
    Break("platforms_say_how_much_at_once", replace("switch.py", "PARALLEL_UPDATES", "AT_ONCE"), "switch.py"),
    Break("diagnostics_are_given", away("diagnostics.py"), "gives none"),
    Break("entities_have_a_common_room", replace("entity.py", "_attr_has_entity_name = True", ""), "ChoiceSwitch"),
    Break("entities_have_a_common_room", away("entity.py"), "no entity.py"),
    # HACS
    Break("hacs_json_is_there_and_right", at_root("hacs.json", None), "no hacs.json"),
    Break("hacs_json_is_there_and_right", at_root("hacs.json", "{"), "no hacs.json"),
    Break(
        "hacs_json_is_there_and_right",
        change_json("hacs.json", lambda data: data.update(domains=["sensor"])),
        "domains",
    ),
    Break(
        "hacs_json_is_there_and_right",
        change_json("hacs.json", lambda data: data.update(name="Shelf")),
        "different names",
    ),
    Break(
        "hacs_json_is_there_and_right",
        change_json("hacs.json", lambda data: data.update(homeassistant="new")),
        "no version",
    ),
    Break("the_manifest_has_what_hacs_reads", manifest(issue_tracker=...), "issue_tracker"),
    Break("there_is_one_integration", second_integration, "another"),
    Break("there_is_something_to_read", at_root("README.md", "# Shelfsight\n"), "README"),
    Break("there_is_a_licence", at_root("LICENSE", "Do as you like."), "LICENSE"),
    Break("there_are_pictures_of_the_brand", away("brand/icon.png"), "no brand/icon.png"),
    Break("there_are_pictures_of_the_brand", picture("icon.png", 200), "200 x 200"),
    Break("there_are_pictures_of_the_brand", picture("icon.png", 256, "RGB"), "not transparent"),
    Break("there_are_pictures_of_the_brand", picture("icon.png", 256, "RGB", "JPEG"), "no PNG"),
    Break("there_are_pictures_of_the_brand", write("brand/icon.png", "a picture"), "no picture"),
    Break("there_are_pictures_of_the_brand", picture("banner.png", 256), "served by nobody"),
    Break("the_programs_themselves_run", at_root(".github/workflows/validate.yml", None), "hassfest"),
    Break(
        "the_programs_themselves_run",
        at_root(".github/workflows/validate.yml", "on: {push: {}}\njobs: {}\n"),
        "schedule",
    ),
    Break(
        "forms_for_reports_can_be_filled_by_ear",
        at_root(".github/ISSUE_TEMPLATE/other.yml", "name: a\ndescription: b\nbody: [{type: input, attributes: {}}]\n"),
        "no label",
    ),
    Break(
        "forms_for_reports_can_be_filled_by_ear", at_root(".github/ISSUE_TEMPLATE/other.yml", "body: []\n"), "no name"
    ),
    Break("versions_agree", manifest(version="9.9.9"), "different versions"),
]
