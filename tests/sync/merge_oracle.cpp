#include "core/random_json.hpp"

#include "sync/merge_changes.hpp"

#include <trunkline/sync/merge.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace trunkline;
using namespace trunkline::sync;
using retell::resource_kind;

namespace {

/// A Retell LLM as a flat table, from the readable path of a field to its text. The oracle knows
/// nothing of trees: it decides row by row, in the most pedestrian way.
using table = std::map<std::string, std::string>;

constexpr char const* scalars[] = {"begin_message", "starting_state", "model", "brand_new"};
constexpr char const* tool_names[] = {"book", "cancel", "lookup", "move"};
constexpr char const* tool_fields[] = {"description", "url", "cal_api_key", "unheard_of"};
constexpr char const* header_names[] = {"X-One", "X-Two"};
constexpr char const* bases[] = {"kb_a", "kb_b", "kb_c", "kb_d"};
constexpr char const* variables[] = {"city", "name", "when"};

class random_tables {
public:
    explicit random_tables(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t n) { return random_() % n; }

    template <std::size_t N>
    std::string pick(char const* const (&from)[N])
    {
        return from[below(N)];
    }

    std::string word() { return "v" + std::to_string(below(4)); }

    /// Puts something into every part, most of the time.
    table make()
    {
        table out;
        for (auto name : scalars)
            if (below(4)) out[name] = word();
        for (auto name : tool_names)
            if (below(4)) add_tool(out, name);
        for (auto name : bases)
            if (below(2)) out["kb:" + std::string(name)] = "in";
        for (auto name : variables)
            if (below(2)) out["default_dynamic_variables." + std::string(name)] = word();
        return out;
    }

    class three_tables {
    public:
        table base, local, remote;
    };
    /// As it was, and as two people made of it.
    three_tables edited_twice()
    {
        three_tables t;
        t.base = t.local = t.remote = make();
        for (auto n = below(4); n > 0; --n) edit(t.local);
        for (auto n = below(4); n > 0; --n) edit(t.remote);
        return t;
    }

    void edit(table& t)
    {
        switch (below(7)) {
        case 0: t[pick(scalars)] = word(); break;
        case 1: set_in_tool(t, "." + pick(tool_fields)); break;
        case 2: set_in_tool(t, ".headers." + pick(header_names)); break;
        case 3: toggle_tool(t); break;
        case 4: toggle(t, "kb:" + pick(bases), "in"); break;
        case 5: toggle(t, "default_dynamic_variables." + pick(variables), word()); break;
        default: t["default_dynamic_variables." + pick(variables)] = word(); break;
        }
    }

private:
    void add_tool(table& t, std::string const& name)
    {
        auto const path = "general_tools[" + name + "]";
        t[path] = "there";
        for (auto field : tool_fields)
            if (below(2)) t[path + "." + field] = word();
        for (auto header : header_names)
            if (below(3) == 0) t[path + ".headers." + header] = word();
    }

    void set_in_tool(table& t, std::string const& field)
    {
        auto const path = "general_tools[" + pick(tool_names) + "]";
        if (!t.contains(path)) return;
        if (below(4)) t[path + field] = word();
        else t.erase(path + field);
    }

    void toggle_tool(table& t)
    {
        auto const name = pick(tool_names);
        auto const path = "general_tools[" + name + "]";
        if (!t.contains(path)) return add_tool(t, name);
        std::erase_if(t, [&](auto const& row) { return row.first.starts_with(path); });
    }

    static void toggle(table& t, std::string const& key, std::string const& value)
    {
        if (!t.erase(key)) t[key] = value;
    }

    std::mt19937_64 random_;
};

std::string field_of(std::string const& path, std::string const& prefix)
{
    return path.substr(prefix.size());
}

/// The document a table stands for. Containers are always there, so that only rows can differ.
json::value document(table const& t)
{
    json::object out;
    json::object map;
    json::array tools;
    json::array kbs;
    for (auto name : scalars)
        if (auto row = t.find(name); row != t.end()) out.set(name, row->second);
    for (auto name : tool_names) {
        auto const path = "general_tools[" + std::string(name) + "]";
        if (!t.contains(path)) continue;
        json::object tool{{"name", name}};
        json::object headers;
        for (auto const& [key, value] : t) {
            if (key.starts_with(path + ".headers."))
                headers.set(field_of(key, path + ".headers."), value);
            else if (key.starts_with(path + ".")) tool.set(field_of(key, path + "."), value);
        }
        tool.set("headers", headers);
        tools.push_back(tool);
    }
    for (auto const& [key, value] : t) {
        if (key.starts_with("kb:")) kbs.push_back(field_of(key, "kb:"));
        if (key.starts_with("default_dynamic_variables."))
            map.set(field_of(key, "default_dynamic_variables."), value);
    }
    out.set("general_tools", tools);
    out.set("knowledge_base_ids", kbs);
    out.set("default_dynamic_variables", map);
    return out;
}

/// And back, without looking at the order of anything.
table flat(json::value const& document)
{
    table out;
    for (auto name : scalars)
        if (auto const* v = document.find(name)) out[name] = v->as_string();
    for (auto const& tool : document.at_or_null("general_tools").as_array()) {
        auto const path = "general_tools[" + std::string(tool.string_at("name")) + "]";
        out[path] = "there";
        for (auto const& m : tool.as_object()) {
            if (m.key == "headers")
                for (auto const& h : m.val.as_object())
                    out[path + ".headers." + h.key] = h.val.as_string();
            else if (m.key != "name") out[path + "." + m.key] = m.val.as_string();
        }
    }
    for (auto const& v : document.at_or_null("knowledge_base_ids").as_array())
        out["kb:" + v.as_string()] = "in";
    for (auto const& m : document.at_or_null("default_dynamic_variables").as_object())
        out["default_dynamic_variables." + m.key] = m.val.as_string();
    return out;
}

class verdict {
public:
    table merged;
    std::set<std::string> conflicts;
};

using cell = std::optional<std::string>;

cell at(table const& t, std::string const& key)
{
    auto const row = t.find(key);
    return row == t.end() ? cell{} : cell{row->second};
}

table rows_of(table const& t, std::string const& tool)
{
    table out;
    for (auto const& row : t)
        if (row.first.starts_with(tool)) out.insert(row);
    return out;
}

std::string tool_of(std::string const& key)
{
    auto const end = key.find(']');
    return end == std::string::npos ? std::string{} : key.substr(0, end + 1);
}

bool is_scalar(std::string const& key)
{
    return key.find_first_of(":.[") == std::string::npos;
}

/// One row: who changed it?
cell decide(verdict& v, std::string const& key, cell b, cell l, cell r, prefer p)
{
    if (is_scalar(key) && !l) l = b; // not managed
    if (l == b) return r;
    if (r == b || l == r) return l;
    if (p == prefer::neither) v.conflicts.insert(key);
    return p == prefer::local ? l : r;
}

verdict expected(table const& base, table const& local, table const& remote, prefer p)
{
    verdict v;
    std::set<std::string> keys;
    for (auto const* t : {&base, &local, &remote})
        for (auto const& row : *t) keys.insert(row.first);
    for (auto const& key : keys) {
        auto const tool = tool_of(key);
        bool const was = !tool.empty() && base.contains(tool);
        bool const one_side = local.contains(tool) != remote.contains(tool);
        if (was && one_side) { // deleted by one side: all of its rows, or a conflict of the item
            auto const& kept = local.contains(tool) ? local : remote;
            bool const edited = rows_of(kept, tool) != rows_of(base, tool);
            if (edited && p == prefer::neither) v.conflicts.insert(tool);
            auto const& winner = p == prefer::local ? local : remote;
            if (edited && winner.contains(key)) v.merged[key] = winner.at(key);
            continue;
        }
        auto const b = was || tool.empty() ? at(base, key) : cell{};
        if (auto value = decide(v, key, b, at(local, key), at(remote, key), p))
            v.merged[key] = *value;
    }
    return v;
}

std::set<std::string> paths(std::vector<field_conflict> const& conflicts)
{
    std::set<std::string> out;
    for (auto const& c : conflicts) out.insert(c.path);
    return out;
}

std::set<std::string> changed_rows(table const& a, table const& b)
{
    std::set<std::string> out;
    for (auto const* t : {&a, &b})
        for (auto const& row : *t)
            if (at(a, row.first) != at(b, row.first)) out.insert(row.first);
    return out;
}

/// Whether the two edits touch rows of their own, and no item that the other removed or added.
bool disjoint(table const& base, table const& local, table const& remote)
{
    auto const ours = changed_rows(base, local);
    auto const theirs = changed_rows(base, remote);
    auto const touches = [](std::set<std::string> const& rows, std::set<std::string> const& others) {
        return std::any_of(rows.begin(), rows.end(), [&](auto const& key) {
            return others.contains(key) || (!tool_of(key).empty() && others.contains(tool_of(key)));
        });
    };
    return !touches(ours, theirs) && !touches(theirs, ours);
}

/// Scalar fields that both sides changed, each to another value.
std::set<std::string> meeting(table const& base, table const& local, table const& remote)
{
    std::set<std::string> out;
    auto const in = [](table const& t, std::string const& row) {
        auto const found = t.find(row);
        return found == t.end() ? std::string() : found->second;
    };
    auto const theirs = changed_rows(base, remote);
    for (auto const& row : changed_rows(base, local)) {
        // What a side lacks of the top level it does not manage; presence has one other value.
        bool const values = in(local, row).starts_with("v") && in(remote, row).starts_with("v");
        if (theirs.contains(row) && values && in(local, row) != in(remote, row)) out.insert(row);
    }
    return out;
}

/// The base with our rows, but for those that lost.
table agreed_rows(table const& base, table const& local, std::set<std::string> const& lost)
{
    auto rows = expected(base, local, base, prefer::local).merged;
    auto const is_lost = [&](std::string const& key) {
        return lost.contains(key) || lost.contains(tool_of(key));
    };
    std::erase_if(rows, [&](auto const& row) { return is_lost(row.first); });
    for (auto const& row : base)
        if (is_lost(row.first)) rows.insert(row);
    return rows;
}

constexpr auto kind = resource_kind::llm;

} // namespace

TEST_CASE("merge: edits that lose are agreed on by nobody, and all others are")
{
    auto const seed = trunkline::test::seed();
    std::size_t lost = 0, mixed = 0;
    for (std::uint64_t run = 0; run < 4000; ++run) {
        INFO("TRUNKLINE_TEST_SEED=", seed + run);
        random_tables random(seed + run);
        auto const [base, local, remote] = random.edited_twice();
        auto const asked = merge(kind, document(base), document(local), document(remote));
        auto const agreed =
            detail::agreed_without(kind, document(base), document(local), asked.conflicts);
        REQUIRE(flat(agreed) == agreed_rows(base, local, paths(asked.conflicts)));
        // Once the others are sent, those that lost are conflicts still, and all that is left.
        auto const sent =
            merge(kind, document(base), document(local), document(remote), prefer::remote).merged;
        auto const again = merge(kind, agreed, document(local), sent);
        REQUIRE(paths(again.conflicts) == paths(asked.conflicts));
        REQUIRE(flat(again.merged) == flat(sent));
        lost += !asked.conflicts.empty();
        mixed += !asked.conflicts.empty() && flat(sent) != remote;
    }
    CHECK(lost > 200);
    CHECK(mixed > 50);
}

TEST_CASE("merge: random triples agree with a table that is merged row by row")
{
    auto const seed = trunkline::test::seed();
    auto const* const wanted = std::getenv("TRUNKLINE_MERGES");
    std::uint64_t const runs = wanted ? std::strtoull(wanted, nullptr, 10) : 4000;
    std::size_t conflicts = 0, clean = 0;
    std::size_t apart = 0, apart_merged = 0, same = 0, same_reported = 0;
    for (std::uint64_t run = 0; run < runs; ++run) {
        INFO("TRUNKLINE_TEST_SEED=", seed + run);
        random_tables random(seed + run);
        auto [base, local, remote] = random.edited_twice();
        if (random.below(5) == 0) local.erase(random.pick(scalars));
        for (auto p : {prefer::neither, prefer::local, prefer::remote}) {
            auto const want = expected(base, local, remote, p);
            auto const got = merge(kind, document(base), document(local), document(remote), p);
            REQUIRE(paths(got.conflicts) == want.conflicts);
            REQUIRE(flat(got.merged) == want.merged);
            if (disjoint(base, local, remote)) REQUIRE(got.conflicts.empty());
            if (p != prefer::neither) continue;
            (want.conflicts.empty() ? clean : conflicts) += 1;
            auto const met = meeting(base, local, remote);
            same += !met.empty();
            same_reported += !met.empty() && !got.conflicts.empty();
            bool const both = local != base && remote != base;
            apart += both && met.empty();
            apart_merged += both && met.empty() && got.conflicts.empty();
        }
    }
    MESSAGE(runs << " triples equal the oracle; of " << apart
                 << " pairs of edits of different fields " << apart_merged << " merged unasked; of "
                 << same << " pairs with an edit of the same field " << same_reported
                 << " were reported");
    CHECK(conflicts > runs / 20);
    CHECK(clean > runs / 4);
    CHECK(apart_merged * 10 >= apart * 9);
    CHECK(same_reported == same);
}

TEST_CASE("merge: different values for one field are always reported")
{
    auto const seed = trunkline::test::seed();
    for (std::uint64_t run = 0; run < 1000; ++run) {
        INFO("TRUNKLINE_TEST_SEED=", seed + run);
        random_tables random(seed + run);
        auto base = random.make();
        if (base.empty()) base["model"] = "v0";
        auto row = std::next(base.begin(), static_cast<std::ptrdiff_t>(random.below(base.size())));
        if (row->second == "in" || row->second == "there") continue; // presence has one other value
        auto local = base;
        auto remote = base;
        local[row->first] = "ours";
        remote[row->first] = "theirs";
        auto const m = merge(kind, document(base), document(local), document(remote));
        REQUIRE(paths(m.conflicts) == std::set<std::string>{row->first});
        REQUIRE(m.conflicts[0].local == json::value("ours"));
        REQUIRE(m.conflicts[0].remote == json::value("theirs"));
        REQUIRE(flat(m.merged) == remote);
    }
}

TEST_CASE("merge: if only one side changed, the result is that side, order included")
{
    auto const seed = trunkline::test::seed();
    for (std::uint64_t run = 0; run < 2000; ++run) {
        INFO("TRUNKLINE_TEST_SEED=", seed + run);
        random_tables random(seed + run);
        auto const before = random.make();
        auto after = before;
        for (auto n = 1 + random.below(6); n > 0; --n) random.edit(after);
        auto const base = document(before);
        auto edited = document(after);
        std::mt19937_64 shuffler(seed + run);
        auto& tools = edited.find("general_tools")->as_array();
        std::shuffle(tools.begin(), tools.end(), shuffler);

        auto const ours = merge(kind, base, edited, base);
        REQUIRE(ours.conflicts.empty());
        REQUIRE(ours.remote_changes.empty());
        REQUIRE(retell::managed_hash(kind, ours.merged) == retell::managed_hash(kind, edited));
        auto const theirs = merge(kind, base, base, edited);
        REQUIRE(theirs.conflicts.empty());
        REQUIRE(theirs.local_changes.empty());
        REQUIRE(json::identical(theirs.merged, edited));
        auto const both = merge(kind, base, edited, edited);
        REQUIRE(both.conflicts.empty());
        REQUIRE(json::identical(both.merged, edited));
        REQUIRE(changes(kind, base, edited).size() == ours.local_changes.size());
        // What is listed is what there is: nothing listed, nothing different.
        bool const equal = retell::managed_hash(kind, base) == retell::managed_hash(kind, edited);
        REQUIRE(changes(kind, base, edited).empty() == equal);
    }
}
