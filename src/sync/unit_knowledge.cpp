#include "sync/knowledge.hpp"
#include "sync/unit_creating.hpp"

#include <algorithm>

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

/**
 * Builds a knowledge base and waits until it can be used; whoever refers to it comes later. It is
 * created like an engine: no idempotency key and no mark, so after an unknown outcome we look for
 * one of this name with these sources that was not there before.
 */
class knowledge_build final : public creating_run {
public:
    using creating_run::creating_run;

private:
    void run() override
    {
        if (past_.created.empty() && past_.create_unknown) past_.created = built_already();
        if (!past_.created.empty()) return created_as(past_.created);
        // Two of one name with equal sources cannot be told apart while both are under way.
        enter_lane("build " + knowledge_shape(unit_.expected), [this] {
            if (!past_.create_unknown) return survey();
            equal_before_ = past_.equal_before;
            look_for({}, unit_.patch);
        });
    }

    /// The one that the store knows as built from this content. When the plan was made there was
    /// none but the one that goes, so this unit built it, even if the journal lost the record of it.
    std::string built_already() const
    {
        auto const name = unit_.name.substr(unit_.name.find('/') + 1);
        for (auto const& row : store().bases(tenant(), knowledge_workspace))
            if (row.name == name && row.list_stamp == 0 && row.id != unit_.replaces &&
                row.document.string_at("workspace") == workspace() &&
                row.document.at_or_null("content") == unit_.expected)
                return row.id;
        return {};
    }

    void survey()
    {
        step("survey");
        list(retell::list_knowledge_bases(), [this](std::vector<json::value> const& rows) {
            for (auto const& id : equal_ones(rows)) equal_before_.insert(id);
            create({}, unit_.patch);
        });
    }

    std::vector<std::string> equal_ones(std::vector<json::value> const& rows)
    {
        std::vector<std::string> found;
        auto const wanted = knowledge_shape(unit_.expected);
        // Superseded ones are in no file and are known all the same.
        std::set<std::string> built_before;
        for (auto const& row : store().bases(tenant(), knowledge_workspace))
            built_before.insert(row.id);
        for (auto const& row : rows) {
            std::string const id(row.string_at(id_member(unit_.kind)));
            if (!equal_before_.contains(id) && !built_before.contains(id) && !created_here(id) &&
                built_shape(row) == wanted && !base_of(retell::name(unit_.kind), id))
                found.push_back(id);
        }
        return found;
    }

    wording words() const override
    {
        return {"a knowledge base", "knowledge bases",
            "equal name and sources, unknown, not there before", "delete-knowledge-base"};
    }

    retell::call create_call(json::value body) const override
    {
        return retell::create_knowledge_base(std::move(body));
    }

    void find_candidates(std::chrono::milliseconds after) override
    {
        list(
            retell::list_knowledge_bases(),
            [this](std::vector<json::value> const& rows) { adopt(equal_ones(rows)); }, after);
    }

    // Waiting for it.

    static constexpr std::int64_t patience_ms = 15 * 60'000;
    static constexpr std::int64_t longest_pause_ms = 10'000;
    static constexpr char const* unreadable = "the service could not read the sources (status "
                                              "error); nothing refers to it, what was used "
                                              "before stays";

    void created_as(std::string const& id) override
    {
        result_.id = id;
        step("wait");
        until_ = now() + patience_ms;
        pause_ = 500;
        ask({});
    }

    void ask(std::chrono::milliseconds after)
    {
        read(
            retell::get_knowledge_base(result_.id),
            [this](call_outcome outcome) {
                if (outcome.code == failure::not_found)
                    return fail(unit_state::failed,
                        result_.id +
                            " was deleted by somebody before it was used; apply again "
                            "builds another");
                if (!outcome.ok()) return fail(outcome, left_behind());
                judge(std::move(outcome.answer.body));
            },
            after);
    }

    void judge(json::value document)
    {
        auto const status = document.string_at("status");
        if (status == "error") return discard();
        if (status != "complete") {
            if (now() >= until_)
                return fail(unit_state::interrupted,
                    result_.id + " is still \"" + std::string(status) +
                        "\" after 15 minutes; nothing refers to it yet, apply again goes on "
                        "waiting");
            pause_ = std::min(pause_ * 2, longest_pause_ms);
            return ask(std::chrono::milliseconds(pause_));
        }
        if (built_shape(document) != knowledge_shape(unit_.expected))
            return fail(unit_state::conflict,
                "it holds other sources than the file: somebody changed it while it was built; " +
                    left_behind());
        remember(document);
    }

    /// One that cannot be read is of no use to anybody, and it is ours: nobody but this unit knows
    /// of it, so it stays under way until the service has taken the deletion or refused it.
    void discard()
    {
        write(
            "delete", {}, [this](json::value) { return retell::delete_knowledge_base(result_.id); },
            std::nullopt, nullptr,
            [this](call_outcome outcome) {
                if (!outcome.ok() && outcome.code != failure::not_found)
                    return fail(outcome, unreadable + ("; " + left_behind()));
                fail(unit_state::failed, unreadable);
            });
    }

    std::string left_behind() const
    {
        return result_.id + " is used by nobody. Remove it with " + remove_command(result_.id);
    }

    void remember(json::value const& document)
    {
        created().insert_or_assign(unit_.name, result_.id);
        store::store::transaction t(store());
        store::version_row version;
        version.kind = retell::name(unit_.kind);
        version.id = result_.id;
        version.document = document;
        store().put_version(tenant(), version);
        auto const name = unit_.name.substr(unit_.name.find('/') + 1);
        std::vector<store::base_row> built;
        if (!unit_.replaces.empty()) {
            built.push_back(known_row(unit_.replaces, name, unit_.before));
            built.back().list_stamp = now();
            forget_base(retell::name(unit_.kind), unit_.replaces);
        }
        built.push_back(known_row(result_.id, name, unit_.expected));
        store().put_bases(tenant(), knowledge_workspace, built);
        auto row = built.back();
        row.document = unit_.expected;
        put_bases({std::move(row)});
        t.commit();
        finish();
    }

    store::base_row known_row(std::string id, std::string name, json::value const& content) const
    {
        store::base_row row;
        row.kind = retell::name(unit_.kind);
        row.id = std::move(id);
        row.name = std::move(name);
        row.document = json::object{{"workspace", workspace()}, {"content", content}};
        return row;
    }

    std::int64_t until_ = 0;
    std::int64_t pause_ = 500;
};

} // namespace

std::unique_ptr<unit_run> make_knowledge(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<knowledge_build>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
