#include "sync/begun_pull.hpp"

#include "sync/plan_index.hpp"

#include <trunkline/sync/merge.hpp>

#include <algorithm>
#include <map>
#include <system_error>

namespace trunkline::sync::detail {

using retell::resource_kind;

json::value without_engine_version(json::value document)
{
    if (auto* const engine = document.find("response_engine"); engine && engine->is_object())
        engine->as_object().erase("version");
    return document;
}

namespace {

bool is_in_files(retell::field_class c)
{
    return c != retell::field_class::identity && c != retell::field_class::server_owned &&
        c != retell::field_class::release_owned;
}

/// One resource whose file a pull was to bring from one content to another.
class begun_content {
public:
    begun_content(resource_kind kind, json::value const& before, json::value const& begun,
        json::value const& file)
        : kind_(kind),
          before_(before),
          begun_(begun),
          begun_in_file_(without_engine_version(begun)),
          file_(without_engine_version(file))
    {
        agreed_ = before;
        auto& out = agreed_.make_object();
        for (auto const& m : begun_.as_object())
            if (!(before_.at_or_null(m.key) == m.val)) count(is_written(m.key), m.key, out);
        for (auto const& m : before_.as_object())
            if (!begun_.find(m.key)) count(!file_.find(m.key), m.key, out);
    }

    bool is_whole() const noexcept { return kept_ == 0; }
    bool is_begun() const noexcept { return taken_ > 0; }
    json::value const& agreed() const noexcept { return agreed_; }

private:
    void count(bool written, std::string const& key, json::object& out)
    {
        auto const* const value = begun_.find(key);
        if (written && value) out.set(key, *value);
        if (written && !value) out.erase(key);
        bool const tells = is_in_files(retell::field_cursor(kind_).member(key).cls());
        (written ? taken_ : kept_) += tells ? 1 : 0;
    }

    bool is_written(std::string const& key) const
    {
        auto const* const shown = file_.find(key);
        if (!shown) return true; // nothing that was edited, whatever was agreed on
        return changes(kind_, json::value(json::object{{key, begun_in_file_.at_or_null(key)}}),
            json::value(json::object{{key, *shown}}))
            .empty();
    }

    resource_kind kind_;
    json::value const& before_;
    json::value const& begun_;
    json::value begun_in_file_;
    json::value file_;
    json::value agreed_;
    int taken_ = 0; ///< Members that the file has as the pull was to write them.
    int kept_ = 0;
};

class taker {
public:
    taker(bundle const& local, std::vector<store::base_row>& bases,
        std::vector<store::base_row>& moved)
        : files_(local), bases_(bases), moved_(moved)
    {
        for (std::size_t i = 0; i < bases_.size(); ++i)
            by_id_.try_emplace({bases_[i].kind, bases_[i].id}, i);
    }

    void take(store::base_row const& begun)
    {
        auto* const before = find(begun.kind, begun.id);
        if (begun.kind == agent_engine_kind) return take_engine_of_agent(before, begun);
        auto const kind = retell::parse_resource_kind(begun.kind);
        auto const* const file = kind && before ? files_.find(*kind, before->name) : nullptr;
        if (file) take_content(*kind, *before, begun, file->document);
    }

private:
    store::base_row* find(std::string const& kind, std::string const& id)
    {
        auto const found = by_id_.find({kind, id});
        return found == by_id_.end() ? nullptr : &bases_[found->second];
    }

    /// Which engine's file it is about, the agent's own file says.
    void take_engine_of_agent(store::base_row* before, store::base_row const& begun)
    {
        auto const* const agent = find("agent", begun.id);
        auto const* const own = agent ? files_.find(resource_kind::agent, agent->name) : nullptr;
        auto const kind = begun.document.find(id_member(resource_kind::llm)) ? resource_kind::llm
                                                                             : resource_kind::flow;
        auto const* const file = files_.find(kind, begun.name);
        if (!own || own->engine_name != begun.name || !file) return;
        bool const is_same = before && before->name == begun.name &&
            before->document.string_at(id_member(kind)) == begun.document.string_at(id_member(kind));
        if (is_same) return take_content(kind, *before, begun, file->document);
        if (before) *before = begun;
        else bases_.push_back(begun);
        moved_.push_back(begun);
    }

    void take_content(resource_kind kind, store::base_row& before, store::base_row const& begun,
        json::value const& file)
    {
        begun_content const content(kind, before.document, begun.document, file);
        if (!content.is_begun() && !content.is_whole()) return;
        auto row = content.is_whole() ? begun : before;
        if (!content.is_whole()) row.document = content.agreed();
        row.name = before.name; // it may have been renamed meanwhile
        before = row;
        moved_.push_back(std::move(row));
    }

    file_index files_;
    std::vector<store::base_row>& bases_;
    std::vector<store::base_row>& moved_;
    std::map<std::pair<std::string, std::string>, std::size_t> by_id_;
};

} // namespace

void add_begun_files(std::filesystem::path const& dir, std::vector<store::base_row> const& begun,
    std::vector<store::base_row>& bases, std::vector<store::base_row>& moved)
{
    for (auto const& row : begun) {
        auto const kind = retell::parse_resource_kind(row.kind);
        bool const is_known = std::ranges::any_of(bases, [&](store::base_row const& b) {
            return b.kind == row.kind && (b.id == row.id || b.name == row.name);
        });
        std::error_code ec;
        if (!kind || is_known ||
            !std::filesystem::exists(dir / folder(*kind) / (row.name + ".json"), ec))
            continue;
        bases.push_back(row);
        moved.push_back(row);
    }
}

void take_begun_contents(bundle const& local, std::vector<store::base_row> const& begun,
    std::vector<store::base_row>& bases, std::vector<store::base_row>& moved)
{
    taker t(local, bases, moved);
    for (auto const& row : begun) t.take(row);
}

} // namespace trunkline::sync::detail
