#include "simulator_account.hpp"
#include "simulator_multipart.hpp"

/// Knowledge bases: what is added is read in the background, for options.knowledge_base_time.
namespace trunkline::retell::simulation {

namespace {

constexpr std::size_t most_files = 25;

bool is_web_address(std::string_view url)
{
    auto const scheme = url.starts_with("https://") ? 8u : url.starts_with("http://") ? 7u : 0u;
    return scheme > 0 && url.size() > scheme && url.find_first_of(" \t\r\n") == url.npos;
}

void check_sources(form const& sent)
{
    if (sent.files.size() > most_files) refuse(400, "A knowledge base takes 25 files at a time");
    if (json::value const* texts = sent.fields.find("knowledge_base_texts"))
        for (json::value const& t : texts->as_array())
            if (!t.at_or_null("title").is_string() || !t.at_or_null("text").is_string())
                refuse(400, "knowledge_base_texts must be objects with title and text");
    if (json::value const* urls = sent.fields.find("knowledge_base_urls"))
        for (json::value const& u : urls->as_array())
            if (!is_web_address(u.string_or({})))
                refuse(400, "knowledge_base_urls must be http or https URLs");
}

std::string content_url(std::string const& source, std::string_view name)
{
    return "https://files.simulator.invalid/" + source + '/' + std::string(name);
}

} // namespace

/// The sources of a form as answers show them.
json::array account::make_sources(form const& sent)
{
    json::array out;
    for (auto const& file : sent.files) {
        auto const id = new_id("source_");
        out.emplace_back(
            json::object{{"type", "document"}, {"source_id", id}, {"filename", *file.file_name},
                {"file_url", content_url(id, "file")}, {"file_size", file.data.size()}});
    }
    if (json::value const* texts = sent.fields.find("knowledge_base_texts"))
        for (json::value const& t : texts->as_array()) {
            auto const id = new_id("source_");
            out.emplace_back(json::object{{"type", "text"}, {"source_id", id},
                {"title", t.string_at("title")}, {"content_url", content_url(id, "text")}});
        }
    if (json::value const* urls = sent.fields.find("knowledge_base_urls"))
        for (json::value const& u : urls->as_array())
            out.emplace_back(
                json::object{{"type", "url"}, {"source_id", new_id("source_")}, {"url", u}});
    return out;
}

/// Reading begins again; how it ends is known by the sources.
void account::read_sources(shelf_record& base)
{
    auto const& sources = base.doc->value.at_or_null("knowledge_base_sources").as_array();
    auto const& unreadable = options_.unreadable_urls;
    bool const fails =
        !unreadable.empty() && std::ranges::any_of(sources, [&](json::value const& s) {
            return s.string_at("url").find(unreadable) != std::string_view::npos;
        });
    auto const at = time_.unix_ms() + options_.knowledge_base_time.count();
    json::object done{{"status", fails ? "error" : "complete"}};
    if (base.doc->value.bool_at("enable_auto_refresh")) done.set("last_refreshed_timestamp", at);
    base.coming = {{at, std::move(done)}};
}

http::reply account::create_knowledge_base(call const& c)
{
    form sent(c, resource::knowledge_base, options_);
    require_field(sent.fields, "knowledge_base_name");
    auto const& name = sent.fields.find("knowledge_base_name")->as_string();
    if (name.empty() || name.size() >= 40)
        refuse(400, "knowledge_base_name must have 1 to 39 characters");
    check_sources(sent);
    json::object fields = sent.fields;
    for (auto const& [member, standard] :
        {std::pair("max_chunk_size", 2000), std::pair("min_chunk_size", 400)})
        if (!fields.contains(member)) fields.set(member, standard);
    if (fields.find("min_chunk_size")->as_number().to_double() >=
        fields.find("max_chunk_size")->as_number().to_double())
        refuse(400, "min_chunk_size must be less than max_chunk_size");
    fields.erase("knowledge_base_texts");
    fields.erase("knowledge_base_urls");
    fields.set("knowledge_base_sources", make_sources(sent));
    auto& base = put_on(shelf::knowledge_bases, std::move(fields));
    read_sources(base);
    return json_reply(201, base.doc->text);
}

http::reply account::add_knowledge_base_sources(call const& c)
{
    form const sent(c, resource::knowledge_sources, options_);
    check_sources(sent);
    auto& base = find_on(shelf::knowledge_bases, c.id);
    json::value const* known = base.doc->value.find("knowledge_base_sources");
    auto sources = known && known->is_array() ? known->as_array() : json::array();
    for (auto& s : make_sources(sent)) sources.push_back(std::move(s));
    change_on(shelf::knowledge_bases, base,
        {{"status", "in_progress"}, {"knowledge_base_sources", std::move(sources)}});
    read_sources(base);
    return json_reply(201, base.doc->text);
}

/// What was read stays read: the others go on as they were.
http::reply account::delete_knowledge_base_source(call const& c)
{
    auto& base = find_on(shelf::knowledge_bases, c.id);
    json::value const* known = base.doc->value.find("knowledge_base_sources");
    auto sources = known && known->is_array() ? known->as_array() : json::array();
    auto const found = std::erase_if(
        sources, [&](json::value const& s) { return s.string_at("source_id") == c.id2; });
    if (found == 0) refuse_unknown_asset("knowledge base source", c.id2);
    change_on(shelf::knowledge_bases, base, {{"knowledge_base_sources", std::move(sources)}});
    if (!base.coming.empty()) read_sources(base);
    return json_reply(200, base.doc->text);
}

http::reply account::list_knowledge_bases(call const&)
{
    auto& bases = data_.shelves[shelf::knowledge_bases];
    std::string text = "[";
    for (auto const& [position, id] : bases.order()) {
        auto& base = *bases.find(id);
        if (ripen(base, time_.unix_ms())) ++changes_;
        if (is_listed(base.created)) text += (text.size() > 1 ? "," : "") + base.doc->text;
    }
    return json_reply(200, text + ']');
}

// --- uploads ---------------------------------------------------------------------------------------

namespace {

form_part const& only_file(form const& sent)
{
    if (sent.files.size() != 1) refuse(400, "Exactly one file is required");
    return sent.files.front();
}

} // namespace

http::reply account::create_asset(call const& c)
{
    form const sent(c, resource::upload, options_);
    auto const& file = only_file(sent);
    auto const type =
        file.content_type.empty() ? "application/octet-stream" : file.content_type.c_str();
    auto& asset = put_on(shelf::assets,
        {{"file_name", *file.file_name}, {"file_size", file.data.size()}, {"content_type", type}});
    auto doc = asset.doc->value.as_object();
    doc.set("url", content_url(asset.id, "asset"));
    asset.doc = make_document(std::move(doc));
    return json_reply(201, asset.doc->text);
}

/// The text is kept for create-contact-import.
http::reply account::upload_contacts(call const& c)
{
    form const sent(c, resource::upload, options_);
    auto const& file = only_file(sent);
    if (!is_utf8(file.data)) refuse(400, "The file must be UTF-8 text");
    auto const& upload =
        put_on(shelf::uploads, {{"file_name", *file.file_name}}, {{"text", file.data}});
    return json_reply(200, upload.doc->text);
}

} // namespace trunkline::retell::simulation
