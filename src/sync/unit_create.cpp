#include "sync/planner_parts.hpp"
#include "sync/unit_creating.hpp"

#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/planner.hpp>

#include <algorithm>

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

/**
 * Creates an LLM, flow or agent. The service offers no idempotency key, so after an unknown outcome
 * we look first: agents are found by our mark, engines (which have no name) by their content among
 * those that no agent uses.
 */
class creation final : public creating_run {
public:
    using creating_run::creating_run;

private:
    void run() override
    {
        if (auto const missing = resolve_engine(); !missing.empty())
            return skip("it needs " + missing + ", which was not created");
        if (!past_.created.empty()) return created_as(past_.created);
        if (!unit_.id.empty())
            return only_settles()
                ? fail(unit_state::interrupted, "was taken back before it was done")
                : created_as(unit_.id);
        if (auto const id = past_.create_unknown ? agreed_id() : std::string(); !id.empty())
            return check_agreed(id);
        begin();
    }

    /// A pull that read the account before something was deleted may have noted it once more.
    void check_agreed(std::string const& id)
    {
        step("check");
        read(get(id), [this, id](call_outcome outcome) {
            if (outcome.code == failure::not_found) return begin();
            if (!outcome.ok()) return fail(outcome);
            created_as(id);
        });
    }

    void begin()
    {
        if (unit_.kind == resource_kind::agent) {
            auto body = body_;
            body.set("version_description", marker());
            json::object note{{"mark", marker()}};
            return past_.create_unknown ? look_for(std::move(note), std::move(body))
                                        : create(std::move(note), std::move(body));
        }
        // Equal engines cannot be told apart while two of them are under way.
        enter_lane("create " + retell::managed_hash(unit_.kind, json::value(body_)), [this] {
            if (!past_.create_unknown) return survey();
            equal_before_ = past_.equal_before;
            look_for({}, body_);
        });
    }

    /// Replaces "@llms/NAME" by the id the engine got. Returns the name that is still missing.
    std::string resolve_engine()
    {
        body_ = unit_.patch;
        if (unit_.kind != resource_kind::agent || !unit_.engine_kind) return {};
        auto* const engine = body_.find("response_engine");
        if (!engine) return {};
        auto id = unit_.engine_id;
        if (id.empty()) {
            auto const found = created().find(unit_.engine_name);
            if (found == created().end()) return unit_.engine_name;
            id = found->second;
        }
        engine->make_object().set(id_member(*unit_.engine_kind), id);
        result_.engine_id = id;
        return {};
    }

    /// The id under which the base knows this file. When the plan was made it knew none, or that of
    /// what was deleted, so it is what this unit created, even if the journal lost the record of it.
    std::string agreed_id() const
    {
        auto const name = unit_.name.substr(unit_.name.find('/') + 1);
        auto const row = store().base_named(tenant(), workspace(), retell::name(unit_.kind), name);
        return row && row->id != unit_.replaces ? row->id : std::string();
    }

    /// An engine has neither name nor mark: what is equal and there already is not the one we make.
    void survey()
    {
        step("survey");
        list(list_engines(), [this](std::vector<json::value> rows) {
            for (auto const& id : equal_engines(std::move(rows))) equal_before_.insert(id);
            create({}, body_);
        });
    }

    wording words() const override
    {
        switch (unit_.kind) {
        case resource_kind::agent:
            return {"something", "resources", "mark in version_description", "delete-agent"};
        case resource_kind::llm: return engine_words("delete-retell-llm");
        default: return engine_words("delete-conversation-flow");
        }
    }

    static wording engine_words(std::string_view command)
    {
        return {"something", "resources", "equal content, unknown, unused", command};
    }

    retell::call create_call(json::value body) const override
    {
        switch (unit_.kind) {
        case resource_kind::agent: return retell::create_agent(std::move(body));
        case resource_kind::llm: return retell::create_llm(std::move(body));
        default: return retell::create_flow(std::move(body));
        }
    }

    // Looking for what may have been created.

    void find_candidates(std::chrono::milliseconds after) override
    {
        if (unit_.kind == resource_kind::agent) return look_for_agent(after);
        list(
            list_engines(),
            [this](std::vector<json::value> rows) { adopt(equal_engines(std::move(rows))); }, after);
    }

    retell::call list_engines() const
    {
        return unit_.kind == resource_kind::llm ? retell::list_llms() : retell::list_flows();
    }

    /// Engines that could be the one we made: equal content, never published (so no released agent
    /// runs them), unknown to the store, not there before.
    std::vector<std::string> equal_engines(std::vector<json::value> rows)
    {
        std::vector<std::string> found;
        auto const wanted = retell::managed_hash(unit_.kind, json::value(body_));
        for (auto& row : rows) {
            auto const document = secrets().redact(unit_.kind, std::move(row));
            std::string const id(document.string_at(id_member(unit_.kind)));
            if (document.int_at("version") <= 0 && !document.bool_at("is_published") &&
                !created_here(id) && !equal_before_.contains(id) &&
                retell::managed_hash(unit_.kind, document) == wanted &&
                !base_of(retell::name(unit_.kind), id))
                found.push_back(id);
        }
        return found;
    }

    void look_for_agent(std::chrono::milliseconds after)
    {
        list(
            retell::list_agents(),
            [this](std::vector<json::value> rows) {
                auto const name = body_.find("agent_name") ? body_.find("agent_name")->string_or("")
                                                           : std::string_view{};
                auto candidates = std::make_shared<std::vector<std::string>>();
                for (auto const& row : rows)
                    if (row.string_at("agent_name") == name &&
                        !base_of("agent", row.string_at("agent_id")))
                        candidates->emplace_back(row.string_at("agent_id"));
                inspect(candidates, 0, std::make_shared<std::vector<std::string>>());
            },
            after);
    }

    /// Reads one candidate after the other; ours carries the mark.
    void inspect(std::shared_ptr<std::vector<std::string>> candidates, std::size_t index,
        std::shared_ptr<std::vector<std::string>> found)
    {
        if (index == candidates->size()) return adopt(*found);
        read(retell::get_agent((*candidates)[index], retell::version_ref(0)),
            [=, this](call_outcome outcome) {
                if (!outcome.ok() && outcome.code != failure::not_found) return fail(outcome);
                if (outcome.ok() &&
                    outcome.answer.body.string_at("version_description").find(marker()) !=
                        std::string_view::npos)
                    found->push_back((*candidates)[index]);
                inspect(candidates, index + 1, found);
            });
    }

    // Afterwards.

    retell::call get(std::string const& id) const
    {
        switch (unit_.kind) {
        case resource_kind::agent: return retell::get_agent(id, retell::version_ref(0));
        case resource_kind::llm: return retell::get_llm(id, 0);
        default: return retell::get_flow(id, 0);
        }
    }

    void created_as(std::string const& id) override
    {
        result_.id = id;
        created().insert_or_assign(unit_.name, id);
        step("read-back");
        read(get(id), [this](call_outcome outcome) {
            if (!outcome.ok())
                return fail(outcome,
                    "it was created as " + result_.id +
                        " and is not known to the folder: pull, or delete it with " +
                        remove_command(result_.id));
            document_ = secrets().redact(unit_.kind, std::move(outcome.answer.body));
            result_.after_version = document_.int_at("version");
            if (auto wrong = patch_between(unit_.kind, document_, json::value(body_));
                !wrong.empty())
                return on_difference(std::move(wrong));
            if (unit_.kind == resource_kind::agent && !unit_.publishes_later &&
                !document_.bool_at("is_published"))
                return publish();
            remember();
        });
    }

    void on_difference(json::object wrong)
    {
        auto const& member = wrong.begin()->key;
        if (unit_.id.empty() || patched_) {
            remember_creation(false);
            return fail(unit_state::failed,
                "was created as " + result_.id + " but reads back differently at " + member +
                    "; it was not published: delete it or correct the file");
        }
        // An earlier release made it, and since then its file was edited, or somebody edited it there.
        auto const agreed =
            is_rollback() ? std::nullopt : base_of(retell::name(unit_.kind), result_.id);
        if (!agreed || document_.bool_at("is_published") ||
            !difference(unit_.kind, agreed->document, document_).empty())
            return fail(unit_state::conflict,
                "was created as " + result_.id + " by an earlier release, and changed there at " +
                    member + " since; pull and plan again");
        patched_ = true;
        write(
            "patch-agent", {},
            [this](json::value b) {
                return retell::update_agent(result_.id, result_.after_version, std::move(b));
            },
            unit_.kind, json::value(std::move(wrong)),
            [this](call_outcome outcome) {
                if (!outcome.ok()) return fail(outcome, left_unpublished());
                created_as(result_.id);
            });
    }

    /// What a release that ends here leaves behind, and how it comes to its end.
    std::string left_unpublished() const
    {
        return "it was created as " + result_.id + " and is not published: " +
            (is_rollback() ? "another rollback publishes it"
                           : "another apply goes on with it, a rollback deletes it");
    }

    void publish()
    {
        write(
            "publish", {},
            [this](json::value) {
                return retell::publish_agent_version(result_.id, result_.after_version);
            },
            std::nullopt, nullptr,
            [this](call_outcome outcome) {
                if (!outcome.ok() && outcome.code != failure::ambiguous) {
                    // Known to the folder, it is not created a second time.
                    if (outcome.code != errc::store_locked) remember_creation(false);
                    return fail(outcome, left_unpublished());
                }
                list_versions(result_.id, [this](std::vector<json::value> rows) {
                    for (auto const& r : rows)
                        if (r.int_at("version") == result_.after_version &&
                            r.bool_at("is_published")) {
                            document_.make_object().set("is_published", true);
                            return remember();
                        }
                    fail(unit_state::interrupted,
                        "the new agent is not shown as published yet; run apply again to look once "
                        "more");
                });
            });
    }

    void remember()
    {
        remember_creation(!unit_.publishes_later);
        finish();
    }

    void remember_creation(bool published)
    {
        bool const agent = unit_.kind == resource_kind::agent;
        std::string const name = unit_.name.substr(unit_.name.find('/') + 1);
        store::store::transaction t(store());
        remember_version(unit_.kind, document_, document_.bool_at("is_published"));
        store::base_row row;
        row.kind = retell::name(unit_.kind);
        row.id = result_.id;
        row.name = name;
        row.version = result_.after_version;
        row.published = agent && published;
        row.document = document_;
        std::vector<store::base_row> rows;
        if (agent) {
            if (auto const engine = engine_of(document_)) {
                row.engine_kind = retell::name(engine->kind);
                row.engine_id = engine->id;
                row.engine_version = engine->version;
                add_engine_row(*engine, rows);
            }
        }
        rows.push_back(std::move(row));
        if (!unit_.replaces.empty()) forget_base(retell::name(unit_.kind), unit_.replaces);
        if (!unit_.replaces.empty() && agent) forget_base(agent_engine_kind, unit_.replaces);
        put_bases(std::move(rows));
        t.commit();
    }

    /// The engine of a new agent was agreed on when it was created or pulled.
    void add_engine_row(engine_reference const& engine, std::vector<store::base_row>& rows)
    {
        auto const base = base_of(retell::name(engine.kind), engine.id);
        if (!base) return;
        auto row = *base;
        row.kind = agent_engine_kind;
        row.id = result_.id;
        rows.push_back(std::move(row));
    }

    json::object body_;
    json::value document_;
    bool patched_ = false; ///< What an earlier release left got the edits of its file.
};

} // namespace

std::unique_ptr<unit_run> make_creation(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<creation>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
