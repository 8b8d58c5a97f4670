#include <trunkline/sync/bundle.hpp>

#include <algorithm>
#include <array>

namespace trunkline::sync {

using retell::resource_kind;

std::string_view folder(resource_kind kind) noexcept
{
    switch (kind) {
    case resource_kind::agent: return "agents";
    case resource_kind::llm: return "llms";
    case resource_kind::flow: return "flows";
    case resource_kind::phone_number: return "numbers";
    case resource_kind::knowledge_base: return "knowledge";
    }
    return {};
}

void name_table::add(resource_kind kind, std::string id, std::string name)
{
    id_by_name_.insert_or_assign({kind, name}, id);
    name_by_id_.insert_or_assign({kind, std::move(id)}, std::move(name));
}

void name_table::add_gone(resource_kind kind, std::string id, std::string name)
{
    if (id_of(kind, name) || name_of(kind, id)) return;
    gone_.emplace(kind, name);
    add(kind, std::move(id), std::move(name));
}

bool name_table::is_gone(resource_kind kind, std::string_view name) const
{
    return gone_.contains({kind, std::string(name)});
}

std::string const* name_table::name_of(resource_kind kind, std::string_view id) const
{
    auto const found = name_by_id_.find({kind, std::string(id)});
    return found == name_by_id_.end() ? nullptr : &found->second;
}

std::string const* name_table::id_of(resource_kind kind, std::string_view name) const
{
    auto const found = id_by_name_.find({kind, std::string(name)});
    return found == id_by_name_.end() ? nullptr : &found->second;
}

std::string name_table::fresh(resource_kind kind, std::string_view wish) const
{
    auto const base = kind == resource_kind::phone_number ? std::string(wish) : slug(wish);
    auto candidate = base;
    for (int n = 2; id_of(kind, candidate); ++n) candidate = base + "-" + std::to_string(n);
    return candidate;
}

std::string slug(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> umlauts{
        {{"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"Ä", "ae"}, {"Ö", "oe"}, {"Ü", "ue"}, {"ß", "ss"}}};
    std::string out;
    auto const gap = [&] {
        if (!out.empty() && out.back() != '-') out += '-';
    };
    for (std::size_t i = 0; i < text.size();) {
        auto const rest = text.substr(i);
        auto const* const umlaut =
            std::ranges::find_if(umlauts, [&](auto const& u) { return rest.starts_with(u.first); });
        if (umlaut != umlauts.end()) {
            out += umlaut->second;
            i += umlaut->first.size();
            continue;
        }
        char const c = text[i++];
        if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
        else gap();
        if (out.size() >= 60) break;
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out.empty() ? "unnamed" : out;
}

std::string variant(std::string_view engine_id, std::int64_t version)
{
    return std::string(engine_id) + "@" + std::to_string(version);
}

std::string_view plain_id(std::string_view key) noexcept
{
    return key.substr(0, key.find('@'));
}

bundle_entry const* bundle::find(resource_kind kind, std::string_view name) const noexcept
{
    for (auto const& e : entries)
        if (e.kind == kind && e.name == name) return &e;
    return nullptr;
}

} // namespace trunkline::sync
