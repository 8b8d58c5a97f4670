#include "simulator_account.hpp"
#include "simulator_filter.hpp"
#include "simulator_paging.hpp"

namespace trunkline::retell::simulation {

namespace {

/// filter_criteria and search_query of list-contacts.
class contact_filter {
public:
    explicit contact_filter(json::value const& body) : query_(body.string_at("search_query"))
    {
        json::value const& criteria = body.at_or_null("filter_criteria");
        if (!criteria.is_null() && !criteria.is_object())
            refuse(400, "filter_criteria must be an object");
        for (auto const* name : {"contact_id", "phone_number", "external_id", "do_not_call", "tags",
                 "last_conversation_timestamp"})
            members_.emplace_back(criteria, name);
        json::value const& custom = criteria.at_or_null("custom_fields");
        if (custom.is_array())
            for (json::value const& one : custom.as_array())
                custom_.emplace_back(one, "custom_fields");
    }
    bool operator()(shelf_record const& r) const
    {
        auto const& contact = r.doc->value;
        auto const& fields = contact.at_or_null("custom_fields");
        return is_found(contact) &&
            std::ranges::all_of(
                members_, [&](member_condition const& m) { return m.holds(contact); }) &&
            std::ranges::all_of(custom_,
                [&](condition const& one) { return one.holds(fields.at_or_null(one.key())); });
    }

private:
    bool is_found(json::value const& contact) const
    {
        auto const holds = [&](std::string_view name) {
            return contact.string_at(name).find(query_) != std::string_view::npos;
        };
        return query_.empty() || holds("first_name") || holds("last_name") || holds("phone_number");
    }

    std::string query_;
    std::vector<member_condition> members_;
    std::vector<condition> custom_;
};

} // namespace

bool account::has_contact(std::string_view phone_number) const
{
    auto const& contacts = data_.shelves[shelf::contacts];
    return std::ranges::any_of(contacts.order(), [&](auto const& place) {
        return contacts.find(place.second)->doc->value.string_at("phone_number") == phone_number;
    });
}

void account::check_contact(json::object const& fields) const
{
    auto const number = fields.find("phone_number")->string_or({});
    if (!is_e164(number)) refuse(400, "phone_number must be in E.164 format");
    if (has_contact(number))
        refuse(400, "A contact with phone number " + std::string(number) + " exists already");
}

http::reply account::get_contact_by_phone(call const& c)
{
    auto const& contacts = data_.shelves[shelf::contacts];
    for (auto const& [position, id] : contacts.order()) {
        auto const& r = *contacts.find(id);
        if (r.doc->value.string_at("phone_number") == c.id) return json_reply(200, r.doc->text);
    }
    refuse(404, "No contact has phone number " + c.id);
}

http::reply account::list_contacts(call const& c)
{
    page_request request(c, "contacts", page_source::body);
    request.include_total = true;
    return list_of(shelf::contacts, request, contact_filter(c.body));
}

/// No calls and chats are kept by contact: the page is empty.
http::reply account::list_contact_conversations(call const& c)
{
    page_request const request(c, "conversations/" + find_on(shelf::contacts, c.id).id);
    return page(request).reply();
}

// --- import ----------------------------------------------------------------------------------------

namespace {

/// Rows of comma-separated values; quoted fields may hold commas, quotes ("") and line ends.
std::vector<std::vector<std::string>> parse_csv(std::string_view text)
{
    std::vector<std::vector<std::string>> rows(1);
    std::string cell;
    bool quoted = false;
    auto const end_row = [&] {
        rows.back().push_back(std::exchange(cell, {}));
        if (rows.back().size() == 1 && rows.back().front().empty()) rows.back().clear();
        else rows.emplace_back();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const ch = text[i];
        if (quoted && ch == '"' && i + 1 < text.size() && text[i + 1] == '"') cell += text[++i];
        else if (ch == '"') quoted = !quoted;
        else if (quoted) cell += ch;
        else if (ch == ',') rows.back().push_back(std::exchange(cell, {}));
        else if (ch == '\n') end_row();
        else if (ch != '\r') cell += ch;
    }
    end_row();
    if (rows.back().empty()) rows.pop_back();
    return rows;
}

/// As written, without what people put between digits; numbers without a country are of the US
/// where the import says so.
std::string plain_number(std::string_view written, std::string_view country)
{
    std::string out;
    for (char const ch : written)
        if (std::string_view(" -().").find(ch) == std::string_view::npos) out += ch;
    if ((country == "US" || country == "CA") && out.size() == 10 && out.front() != '+')
        out = "+1" + out;
    return out;
}

/// The columns of an uploaded file that an import takes.
class column_map {
public:
    column_map(json::array const& mapping, std::vector<std::string> const& header)
    {
        for (json::value const& m : mapping) {
            std::string const from(m.string_at("external_field_name"));
            std::string const to(m.string_at("field_name"));
            auto const at = std::ranges::find(header, from);
            if (from.empty() || to.empty()) refuse(400, "column_mapping needs names on both sides");
            if (at == header.end()) refuse(400, "The file has no column '" + from + "'");
            columns_.emplace_back(static_cast<std::size_t>(at - header.begin()), to);
        }
    }
    json::object contact(std::vector<std::string> const& row, std::string_view country) const
    {
        json::object out, custom;
        for (auto const& [index, name] : columns_) {
            if (index >= row.size() || row[index].empty()) continue;
            if (name == "phone_number") out.set(name, plain_number(row[index], country));
            else if (name == "first_name" || name == "last_name" || name == "external_id")
                out.set(name, row[index]);
            else custom.set(name, row[index]);
        }
        if (!custom.empty()) out.set("custom_fields", std::move(custom));
        return out;
    }

private:
    std::vector<std::pair<std::size_t, std::string>> columns_;
};

} // namespace

/// The contacts are there at once; the job tells of them when its time is over.
http::reply account::create_contact_import(call const& c)
{
    auto fields = accept_fields(resource::contact_import, verb::create, c.body, options_);
    require_field(fields, "upload_id");
    require_field(fields, "column_mapping");
    auto const& upload = find_on(shelf::uploads, fields.find("upload_id")->as_string());
    auto const rows = parse_csv(upload.hidden.find("text")->string_or({}));
    if (rows.empty()) refuse(400, "The uploaded file is empty");
    column_map const columns(fields.find("column_mapping")->as_array(), rows.front());
    json::value const* country = fields.find("default_country");
    std::vector<json::object> wanted;
    std::set<std::string, std::less<>> numbers;
    for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
        auto contact = columns.contact(*row, country ? country->string_or({}) : "");
        json::value const* number = contact.find("phone_number");
        if (!number || !is_e164(number->string_or({})) || has_contact(number->string_or({})) ||
            !numbers.emplace(number->string_or({})).second)
            continue;
        if (json::value const* tags = fields.find("tags")) contact.set("tags", *tags);
        wanted.push_back(std::move(contact));
    }
    auto const& job = start_job("contact_import", wanted.size(), rows.size() - 1 - wanted.size());
    for (auto& contact : wanted) put_on(shelf::contacts, std::move(contact));
    return single_reply(201, job);
}

http::reply account::get_contact_import(call const&)
{
    return single_reply(200, single("contact_import"));
}

http::reply account::backfill_contacts(call const& c)
{
    auto const fields = accept_fields(resource::contact_backfill, verb::create, c.body, options_);
    require_field(fields, "backfill_attributes");
    return single_reply(
        200, start_job("contact_backfill", data_.shelves[shelf::contacts].size(), 0));
}

http::reply account::get_backfill_status(call const&)
{
    return single_reply(200, single("contact_backfill"));
}

} // namespace trunkline::retell::simulation
