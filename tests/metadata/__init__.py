"""What `hassfest` and the HACS action check on files, as rules that need neither the network nor a checkout of Home Assistant.

A rule looks at a copy of the project (`House`) and complains in words; a project that keeps it hears nothing. Where a rule comes from
stands with it: `script/hassfest/NAME.py` of home-assistant/core and `custom_components/hacs/validate/NAME.py` of hacs/integration, as
they were in autumn 2026; the developers' documentation where the rule is of the quality scale. They are the rules, in our own words;
the programs themselves run in the workflow `validate.yml`.

What cannot be known from files is in `NOT_ON_FILES`.
"""

NOT_ON_FILES = {
    "hacs archived": "whether the repository is archived is known to GitHub only",
    "hacs description": "the repository's description is kept by GitHub",
    "hacs issues": "whether issues are open for everybody is a setting at GitHub",
    "hacs topics": "the repository's topics are kept by GitHub",
    "hassfest requirements --requirements": "installs every requirement; scripts/setup does that for ours",
}
