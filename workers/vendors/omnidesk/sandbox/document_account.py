"""Operations on people, settings, statistics and the knowledge base; the other half of `document`."""

PEOPLE = """
users.create POST /api/users.json user
    user_email             email
    user_phone             phone
    user_whatsapp_phone    phone
    user_telegram_data     string
    user_custom_id         string
    any: user_email user_phone user_whatsapp_phone user_telegram_data user_custom_id
    user_custom_channel    string
    user_full_name         string
    company_name           string
    company_position       string
    user_note              string
    language_id            int
    custom_fields          map

users.list GET /api/users.json -
    page                   int
    limit                  int
    user_email             string:3
    user_phone             string:3
    user_custom_id         string           # newer
    user_custom_channel    string           # newer
    company_id             int[]            # newer
    from_last_contact_time time             # newer
    to_last_contact_time   time             # newer
    language_id            int
    custom_fields          filters
    amount_of_cases        bool
    from_time              time
    to_time                time
    from_updated_time      time
    to_updated_time        time

users.get GET /api/users/{user_id}.json -
users.update PUT /api/users/{user_id}.json user
    user_email             email
    user_phone             phone            # newer
    user_full_name         string
    company_name           string
    company_position       string
    user_note              string
    language_id            int
    custom_fields          map
users.disable PUT /api/users/{user_id}/disable.json -
users.block PUT /api/users/{user_id}/block.json -
users.restore PUT /api/users/{user_id}/restore.json -
users.delete DELETE /api/users/{user_id}.json -

companies.create POST /api/companies.json company
    company_name*          string
    company_domains        string
    company_default_group  int
    company_address        string
    company_note           string
    company_users          ids
companies.list GET /api/companies.json -
    page                   int
    limit                  int
    company_name           string:3
    company_domains        string:3
    company_address        string:3
    company_note           string:3
    amount_of_users        bool
    amount_of_cases        bool
companies.get GET /api/companies/{company_id}.json -
companies.update PUT /api/companies/{company_id}.json company
    company_name           string
    add_company_domains    string
    remove_company_domains string
    company_default_group  int
    company_address        string
    company_note           string
    add_company_users      ids
    remove_company_users   ids
companies.disable PUT /api/companies/{company_id}/disable.json -
companies.block PUT /api/companies/{company_id}/block.json -
companies.restore PUT /api/companies/{company_id}/restore.json -
companies.delete DELETE /api/companies/{company_id}.json -

groups.create POST /api/groups.json group
    group_title*           string
    group_from_name        string
    group_signature        string
groups.list GET /api/groups.json -
    page                   int
    limit                  int
groups.get GET /api/groups/{group_id}.json -
groups.update PUT /api/groups/{group_id}.json group
    group_title            string
    group_from_name        string
    group_signature        string
groups.disable PUT /api/groups/{group_id}/disable.json group optional
    replace_group_id       int
groups.enable PUT /api/groups/{group_id}/enable.json -
groups.delete DELETE /api/groups/{group_id}.json group optional
    replace_group_id       int

staff.create POST /api/staff.json staff
    staff_email*           email
    staff_full_name        string
    staff_signature        string
staff.list GET /api/staff.json -
    page                   int
    limit                  int
staff.get GET /api/staff/{staff_id}.json -
staff.update PUT /api/staff/{staff_id}.json staff
    staff_email            email
    staff_full_name        string
    staff_signature        string
staff.disable PUT /api/staff/{staff_id}/disable.json staff optional
    replace_staff_id       int
staff.enable PUT /api/staff/{staff_id}/enable.json -
staff.delete DELETE /api/staff/{staff_id}.json staff optional
    replace_staff_id       int
"""

ACCOUNT = """
custom_fields.list GET /api/custom_fields.json -
custom_channels.list GET /api/custom_channels.json -
languages.list GET /api/languages.json -
client_emails.list GET /api/client_emails.json -

stats.staff_leaderboard GET /api/stats_lb_staff.json -
    from_time*             date
    to_time*               date
stats.group_leaderboard GET /api/stats_lb_groups.json -
    from_time*             date
    to_time*               date
"""

KNOWLEDGE_BASE = """
kb_categories.create POST /api/kb_category.json kb_category
    category_title*        titles
kb_categories.list GET /api/kb_category.json -
    page                   int
    limit                  int
    language_id            language
kb_categories.get GET /api/kb_category/{category_id}.json -
    language_id            language
kb_categories.update PUT /api/kb_category/{category_id}.json kb_category
    category_title         titles
kb_categories.disable PUT /api/kb_category/{category_id}/disable.json -
kb_categories.enable PUT /api/kb_category/{category_id}/enable.json -
kb_categories.move_up PUT /api/kb_category/{category_id}/moveup.json -
kb_categories.move_down PUT /api/kb_category/{category_id}/movedown.json -
kb_categories.delete DELETE /api/kb_category/{category_id}.json -

kb_sections.create POST /api/kb_section.json kb_section
    section_title*         titles
    section_description    titles
    category_id*           int
kb_sections.list GET /api/kb_section.json -
    page                   int
    limit                  int
    category_id*           int
    language_id            language
kb_sections.get GET /api/kb_section/{section_id}.json -
    language_id            language
kb_sections.update PUT /api/kb_section/{section_id}.json kb_section
    section_title          titles
    section_description    titles
    category_id            int
kb_sections.disable PUT /api/kb_section/{section_id}/disable.json -
kb_sections.enable PUT /api/kb_section/{section_id}/enable.json -
kb_sections.move_up PUT /api/kb_section/{section_id}/moveup.json -
kb_sections.move_down PUT /api/kb_section/{section_id}/movedown.json -
kb_sections.delete DELETE /api/kb_section/{section_id}.json -

kb_articles.create POST /api/kb_article.json kb_article
    article_title*         titles
    article_content*       titles
    article_tags           titles
    section_id*            int
    access_type            public|staff_only
kb_articles.list GET /api/kb_article.json -
    page                   int
    limit                  int
    search                 string:3
    section_id             int
    language_id            language
kb_articles.get GET /api/kb_article/{article_id}.json -
    language_id            language
kb_articles.update PUT /api/kb_article/{article_id}.json kb_article
    article_title          titles
    article_content        titles
    article_tags           titles
    section_id             int
    access_type            public|staff_only
kb_articles.disable PUT /api/kb_article/{article_id}/disable.json -
kb_articles.enable PUT /api/kb_article/{article_id}/enable.json -
kb_articles.move_up PUT /api/kb_article/{article_id}/moveup.json -
kb_articles.move_down PUT /api/kb_article/{article_id}/movedown.json -
kb_articles.delete DELETE /api/kb_article/{article_id}.json -

idea_categories.create POST /api/ideas_category.json ideas_category
    category_title*        string
idea_categories.list GET /api/ideas_category.json -
    page                   int
    limit                  int
idea_categories.get GET /api/ideas_category/{category_id}.json -
idea_categories.update PUT /api/ideas_category/{category_id}.json ideas_category
    category_title         string
idea_categories.disable PUT /api/ideas_category/{category_id}/disable.json -
idea_categories.enable PUT /api/ideas_category/{category_id}/enable.json -
idea_categories.delete DELETE /api/ideas_category/{category_id}.json -
"""
