#include <trunkline/sync/import_check.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace trunkline::sync {
namespace {

/// How a kind of what no file holds is listed.
class listed_kind {
public:
    std::string_view kind;
    retell::call (*list)();
    std::string_view id;
};

constexpr listed_kind listed_kinds[] = {
    {"voice", retell::list_voices, "voice_id"},
    {"knowledge-base", retell::list_knowledge_bases, "knowledge_base_id"},
    {"conversation-flow-component", retell::list_flow_components, "conversation_flow_component_id"},
};

bool allows(import_options const& o, std::string_view name)
{
    return std::ranges::find(o.allow, name) != o.allow.end();
}

/// "a, b and 3 more"
template <class Names>
std::string some_of(Names const& names)
{
    constexpr std::size_t most = 5;
    std::string out;
    std::size_t told = 0;
    for (auto const& n : names) {
        if (told == most) break;
        out += (told++ > 0 ? ", " : "") + n;
    }
    if (names.size() > told) out += " and " + std::to_string(names.size() - told) + " more";
    return out;
}

std::string counted(std::size_t n, std::string_view what)
{
    return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

void add(std::string& all, std::string part)
{
    all += (all.empty() ? "" : "; ") + std::move(part);
}

std::string told_secrets(import_findings const& found)
{
    std::vector<std::string> names;
    for (auto const& s : found.asks) names.push_back(s.name);
    return "the export needs " + counted(names.size(), "secret") + " that " +
        (names.size() == 1 ? "is" : "are") + " not given: " + some_of(names);
}

/// The ids of the export in whose place one is named: mostly that one itself.
std::set<std::string> stands_for(
    import_findings const& found, std::string const& kind, std::string const& id)
{
    if (auto const of_kind = found.needs.find(kind); of_kind != found.needs.end())
        if (auto const named = of_kind->second.find(id); named != of_kind->second.end())
            return named->second;
    return {id};
}

std::string told_missing(import_findings const& found)
{
    std::string what;
    for (auto const& [kind, ids] : found.missing) {
        std::vector<std::string> names;
        for (auto const& id : ids) {
            auto others = stands_for(found, kind, id);
            others.erase(id);
            names.push_back(others.empty() ? id : id + ", named in the place of " + some_of(others));
        }
        what += (what.empty() ? "" : ", ") + counted(ids.size(), kind) + " (" + some_of(names) + ")";
    }
    auto const& [kind, ids] = *found.missing.begin();
    return "the account lacks what the export needs: " + what +
        "; make it there, or name what takes its place by --map FILE, as {\"" + kind + "\": {\"" +
        *stands_for(found, kind, *ids.begin()).begin() +
        "\": \"...\"}}, or, if it is to be released all the same, add --allow " +
        std::string(allow_missing_needs);
}

std::string told_agents(account_export const& e, import_findings const& found)
{
    auto const agents = std::ranges::count_if(e.files,
        [](auto const& f) { return f.first.starts_with("agents/") && f.second.is_object(); });
    return "the account is not empty: it has " + counted(found.agents.size(), "agent") + " (" +
        some_of(found.agents) + "), and the import would make " +
        counted(static_cast<std::size_t>(agents), "agent") +
        " beside them; use the key of an empty account, or, if that is meant, add --allow " +
        std::string(allow_not_empty);
}

/// An id that the export does not name is exchanged nowhere: most likely it is misspelt.
std::string told_unused_answers(account_export const& e, import_options const& options)
{
    for (auto const& [kind, ids] : options.renamed) {
        auto const needed = e.needs.find(kind);
        for (auto const& [id, other] : ids)
            if (needed == e.needs.end() || !needed->second.contains(id))
                return "an id is to be put in the place of the " + kind + " " + id +
                    ", which the export does not need";
    }
    return {};
}

} // namespace

json::array to_json(std::vector<export_secret> const& secrets)
{
    json::array out;
    for (auto const& s : secrets)
        out.push_back(json::object{
            {"name", s.name}, {"used_in", json::array(s.used_in.begin(), s.used_in.end())}});
    return out;
}

json::object to_json(std::map<std::string, std::set<std::string>> const& ids_by_kind)
{
    json::object out;
    for (auto const& [kind, ids] : ids_by_kind) out.set(kind, json::array(ids.begin(), ids.end()));
    return out;
}

json::object to_json(import_findings const& found)
{
    return {{"asks", to_json(found.asks)}, {"missing", to_json(found.missing)},
        {"agents", json::array(found.agents.begin(), found.agents.end())}};
}

std::string objection(
    account_export const& e, import_options const& options, import_findings const& found)
{
    std::string out;
    if (!found.agents.empty() && !found.begun && !allows(options, allow_not_empty))
        add(out, told_agents(e, found));
    if (!found.missing.empty() && !allows(options, allow_missing_needs))
        add(out, told_missing(found));
    if (!found.asks.empty()) add(out, told_secrets(found));
    if (auto const lost = lost_where_written(e); !lost.empty())
        add(out, "the export was made of files that lead nowhere: " + told_lost(lost));
    if (auto unused = told_unused_answers(e, options); !unused.empty()) add(out, std::move(unused));
    return out.empty() ? out : out + "; nothing was written";
}

import_survey::import_survey(account_export const& e, ids_in_place needs)
{
    found_.needs = std::move(needs);
    list(retell::list_agents(), [this](std::vector<json::value> rows) {
        for (auto const& row : rows) {
            auto const shown = row.string_at("agent_name");
            found_.agents.emplace_back(shown.empty() ? row.string_at("agent_id") : shown);
        }
    });
    std::set<std::string> numbers;
    for (auto const& [name, content] : e.files)
        if (name.starts_with("numbers/"))
            numbers.insert(std::filesystem::path(name).stem().string());
    if (!numbers.empty())
        list(retell::list_phone_numbers(),
            [this, numbers = std::move(numbers)](std::vector<json::value> rows) {
                for (auto const& row : rows)
                    if (std::string number(row.string_at("phone_number")); numbers.contains(number))
                        found_.numbers.insert(std::move(number));
            });
    for (auto const& [kind, ids] : found_.needs) compare(kind);
}

void import_survey::compare(std::string const& kind)
{
    auto const* const known = std::ranges::find(listed_kinds, kind, &listed_kind::kind);
    if (known == std::end(listed_kinds)) return; // of a later format: nobody here can tell
    list(known->list(), [this, kind, id = known->id](std::vector<json::value> rows) {
        std::set<std::string> lacking;
        for (auto const& [needed, of] : found_.needs.at(kind)) lacking.insert(needed);
        for (auto const& row : rows) lacking.erase(std::string(row.string_at(id)));
        if (!lacking.empty()) found_.missing.emplace(kind, std::move(lacking));
    });
}

void import_survey::list(retell::call c, std::function<void(std::vector<json::value>)> then)
{
    ask_list(std::move(c), [this, then = std::move(then)](call_outcome outcome, listing all) {
        if (outcome.ok()) return then(std::move(all.rows));
        if (code_) return;
        code_ = outcome.code;
        diag_ = outcome.diag;
        cancel();
    });
}

} // namespace trunkline::sync
