"""The operations of the Omnidesk document: routes, roots, parameters. See `spec` for how to read it.

Where the document contradicts itself, the FIELD-NOTES decide ("Traps inside the documents"); what is newer
than the document is marked `# newer` and comes from the same page.
"""

from workers.vendors.omnidesk.sandbox import spec
from workers.vendors.omnidesk.sandbox.document_account import ACCOUNT, KNOWLEDGE_BASE, PEOPLE

CASES = """
cases.create POST /api/cases.json case multipart:case
    user_email             email
    user_phone             phone
    user_whatsapp_phone    phone
    user_telegram_data     string
    user_custom_id         string
    any: user_email user_phone user_whatsapp_phone user_telegram_data user_custom_id
    user_full_name         string
    user_company_name      string
    initiator_id           int
    staff_id               int
    cc_emails              emails<=30
    bcc_emails             emails<=30
    subject*               string
    content                string
    content_html           string
    any: content content_html
    created_at             time
    group_id               int
    status                 open|waiting|closed
    priority               low|normal|high|critical
    language_id            int
    custom_fields          map
    labels                 ints
    channel                string
    case_email_id          int
    attachments            files
    attachment_urls        strings          # newer

cases.list GET /api/cases.json -
    page                   int
    limit                  int
    user_id                int[]
    user_email             string:4[]
    user_phone             string:4[]
    subject                string:4
    staff_id               int[]
    group_id               int[]
    channel                string[]
    priority               low|normal|high|critical[]
    filter                 string
    status                 open|waiting|closed[]
    custom_fields          filters
    labels                 ints
    show_merged_cases      bool
    show_active_chats      bool
    sort                   sort_order
    from_time              time
    to_time                time
    from_updated_time      time
    to_updated_time        time
    user_custom_id         string[]         # newer

cases.get GET /api/cases/{case_id}.json -

cases.update PUT /api/cases/{case_ids}.json case
    add_cc_emails          emails<=30
    add_bcc_emails         emails<=30
    remove_cc_emails       emails
    remove_bcc_emails      emails
    subject                string
    group_id               int
    staff_id               int
    status                 open|waiting|closed
    priority               low|normal|high|critical
    language_id            int
    custom_fields          map
    add_labels             ints
    delete_labels          ints

cases.trash PUT /api/cases/{case_ids}/trash.json -
cases.spam PUT /api/cases/{case_ids}/spam.json -
cases.restore PUT /api/cases/{case_ids}/restore.json -
cases.delete DELETE /api/cases/{case_id}.json -

messages.list GET /api/cases/{case_id}/messages.json -
    page                   int
    limit                  int
    order                  asc|desc

messages.create POST /api/cases/{case_id}/messages.json message multipart:message
    content                string
    content_html           string
    any: content content_html
    created_at             time
    staff_id               int
    user_id                int
    do_not_send_email      bool
    send_at                time             # newer
    attachments            files
    attachment_urls        strings          # newer

messages.update PUT /api/cases/{case_id}/messages/{message_id}.json message
    content*               string
messages.delete DELETE /api/cases/{case_id}/messages/{message_id}.json -

notes.create POST /api/cases/{case_id}/note.json message multipart:note
    content                string
    content_html           string
    any: content content_html
    created_at             time
    note_staff_id          int
    note_group_id          int
    attachments            files
    attachment_urls        strings          # newer

notes.update PUT /api/cases/{case_id}/note/{message_id}.json message
    content*               string
notes.delete DELETE /api/cases/{case_id}/note/{message_id}.json -

ideas.update PUT /api/cases/{case_id}/idea.json message
    content                string
    category_id            int
    stage                  waiting|planned|in_progress|finished
ideas.set_official_response PUT /api/cases/{case_id}/idea_official_response.json message
    content*               string
ideas.delete_official_response DELETE /api/cases/{case_id}/idea_official_response.json -

filters.list GET /api/filters.json -

labels.create POST /api/labels.json label
    label_title*           string
labels.list GET /api/labels.json -
    page                   int
    limit                  int
labels.update PUT /api/labels/{label_id}.json label
    label_title            string
labels.delete DELETE /api/labels/{label_id}.json -
"""

NEWER = """
cases.rate PUT /api/cases/{case_id}/rate.json rate
    rating*                word
    rating_comment         string
    rated_staff_id         int
messages.rate PUT /api/cases/{case_id}/rate/{message_id}.json rate
    rating*                word
    rating_comment         string
cases.changelog GET /api/cases/{case_id}/changelog.json -
cases.delete_many DELETE /api/cases/{case_ids}.json -

users.link PUT /api/users/{user_id}/link.json .
    user_email             email
    user_phone             phone
    user_id                int
    any: user_email user_phone user_id
users.unlink PUT /api/users/{user_id}/unlink.json .
    user_email             email
    user_phone             phone
    user_id                int
    any: user_email user_phone user_id
users.identify POST /api/users/identification.json user
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

staff_roles.list GET /api/staff_roles.json -
staff_statuses.list GET /api/staff_statuses.json -
macros.list GET /api/macros.json -
stats.leaderboard GET /api/stats_leaderboard.json -
    period                 string
    from_time              time
    to_time                time
stats.satisfaction GET /api/stats_satisfaction.json -
    period                 string
    from_time              time
    to_time                time
"""
"""FIELD-NOTES, "Newer operations": in no document."""

OPERATIONS = spec.read(CASES + PEOPLE + ACCOUNT + KNOWLEDGE_BASE + NEWER, "omnidesk")

SPELLINGS = {
    "сompany_users": "company_users",
    "add_сompany_users": "add_company_users",
    "remove_сompany_users": "remove_company_users",
}
"""The document writes these with a Cyrillic first letter; which one the vendor reads is unknown, so both."""
