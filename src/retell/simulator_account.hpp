#pragma once

#include "simulator_fields.hpp"
#include "simulator_inventory.hpp"

#include <trunkline/core/time.hpp>
#include <trunkline/retell/simulator.hpp>

namespace trunkline::retell::simulation {

class form;
class page_request;

/// An agent that uses an app, as a row of a list.
class app_usage {
public:
    std::pair<std::int64_t, std::string> place;
    std::string row;
};

http::reply published_reply(publish_answer how);
/// The answer with a thing of which there is one.
http::reply single_reply(int status, shelf_record const& r);

/**
 * The resources of an account and the rules by which requests change them. Each public operation
 * answers one call or throws a refusal, having changed nothing.
 */
class account {
public:
    /// Both must outlive the account.
    account(simulator_options const& options, time_source& time) : options_(options), time_(time)
    {
        add_builtin_voices();
    }

    // simulator_agents.cpp
    http::reply create_agent(call const& c) { return create_agent(channel::voice, c); }
    http::reply get_agent(call const& c) { return get_agent(channel::voice, c); }
    http::reply update_agent(call const& c) { return update_agent(channel::voice, c); }
    http::reply delete_agent(call const& c) { return delete_agent(channel::voice, c); }
    http::reply create_chat_agent(call const& c) { return create_agent(channel::chat, c); }
    http::reply get_chat_agent(call const& c) { return get_agent(channel::chat, c); }
    http::reply update_chat_agent(call const& c) { return update_agent(channel::chat, c); }
    http::reply delete_chat_agent(call const& c) { return delete_agent(channel::chat, c); }
    http::reply list_agents(call const&);

    // simulator_versions.cpp
    http::reply list_agent_versions(call const&);
    http::reply get_agent_versions(call const& c) { return get_agent_versions(channel::voice, c); }
    http::reply get_chat_agent_versions(call const& c)
    {
        return get_agent_versions(channel::chat, c);
    }
    http::reply create_agent_version(call const&);
    http::reply delete_agent_version(call const&);
    http::reply publish_agent_version(call const&);
    http::reply repair_agent(call const&);

    // simulator_engines.cpp
    http::reply create_llm(call const& c) { return create_engine(engine_kind::llm, c); }
    http::reply get_llm(call const& c) { return get_engine(engine_kind::llm, c); }
    http::reply update_llm(call const& c) { return update_engine(engine_kind::llm, c); }
    http::reply delete_llm(call const& c) { return delete_engine(engine_kind::llm, c); }
    http::reply list_llms(call const& c) { return list_engines(engine_kind::llm, c); }
    http::reply create_flow(call const& c) { return create_engine(engine_kind::flow, c); }
    http::reply get_flow(call const& c) { return get_engine(engine_kind::flow, c); }
    http::reply update_flow(call const& c) { return update_engine(engine_kind::flow, c); }
    http::reply delete_flow(call const& c) { return delete_engine(engine_kind::flow, c); }
    http::reply list_flows(call const& c) { return list_engines(engine_kind::flow, c); }

    // simulator_numbers.cpp
    http::reply create_number(call const&);
    http::reply import_number(call const&);
    http::reply get_number(call const&);
    http::reply update_number(call const&);
    http::reply delete_number(call const&);
    http::reply list_numbers(call const&);

    // simulator_catalog.cpp
    http::reply get_api_key_info(call const&);
    http::reply get_voice(call const&);
    http::reply list_voices(call const&);

    // simulator_legacy.cpp
    http::reply list_agents_v1(call const& c) { return list_agents_v1(channel::voice, c); }
    http::reply list_chat_agents_v1(call const& c) { return list_agents_v1(channel::chat, c); }
    http::reply list_llms_v1(call const&);
    http::reply list_flows_v1(call const&);
    http::reply list_components_v1(call const&);
    http::reply list_numbers_v1(call const&);
    http::reply list_test_cases_v1(call const&);
    http::reply list_batch_tests_v1(call const&);
    http::reply list_test_runs_v1(call const&);
    http::reply publish_agent_v1(call const& c) { return publish_latest(channel::voice, c); }
    http::reply publish_chat_agent_v1(call const& c) { return publish_latest(channel::chat, c); }

    // simulator_shelf.cpp
    template <shelf S>
    http::reply create_on(call const& c)
    {
        return create_on(S, c);
    }
    template <shelf S>
    http::reply get_from(call const& c)
    {
        return get_from(S, c);
    }
    template <shelf S>
    http::reply update_on(call const& c)
    {
        return update_on(S, c);
    }
    template <shelf S>
    http::reply delete_from(call const& c)
    {
        return delete_from(S, c);
    }
    template <shelf S>
    http::reply list_of(call const& c)
    {
        return list_of(S, c);
    }

    // simulator_knowledge.cpp
    http::reply create_knowledge_base(call const&);
    http::reply list_knowledge_bases(call const&);
    http::reply add_knowledge_base_sources(call const&);
    http::reply delete_knowledge_base_source(call const&);
    http::reply create_asset(call const&);
    http::reply upload_contacts(call const&);

    // simulator_voices.cpp
    http::reply add_community_voice(call const&);
    http::reply search_community_voice(call const&);
    http::reply clone_voice(call const&);

    // simulator_playground.cpp
    http::reply get_mcp_tools(call const&);
    http::reply complete_playground(call const&);

    // simulator_components.cpp
    http::reply delete_component(call const&);

    // simulator_tests.cpp
    http::reply list_test_cases(call const&);
    http::reply create_batch_test(call const&);
    http::reply list_batch_tests(call const&);
    http::reply list_test_runs(call const&);

    // simulator_contacts.cpp
    http::reply get_contact_by_phone(call const&);
    http::reply list_contacts(call const&);
    http::reply list_contact_conversations(call const&);
    http::reply create_contact_import(call const&);
    http::reply get_contact_import(call const&);
    http::reply backfill_contacts(call const&);
    http::reply get_backfill_status(call const&);

    // simulator_apps.cpp
    http::reply delete_app(call const&);
    http::reply list_app_usages(call const&);
    http::reply test_app_auth(call const&);
    http::reply get_crm_config(call const&);
    http::reply update_crm_config(call const&);
    http::reply get_crm_schema(call const&);
    http::reply run_sync_job(call const&);
    http::reply get_sync_job_status(call const&);

    // simulator_state.cpp
    void load(json::value const& state);
    std::string state_text() const;

    // simulator_edits.cpp: what somebody else does to the account.
    /// {agent_id, base_version?, agent_patch?, engine_patch?, publish?} and/or {phone_number, number_patch}
    json::value edit(json::value const& what);
    /// Puts a member nobody knows into every document and nested tool, state and node.
    json::value add_unknown_fields(bool touch);

    // What calls and chats look up. These refuse as operations do.
    revision const& agent_version(std::string_view id, std::string_view reference)
    {
        return resolve(find_agent(id), reference);
    }
    number_record const& number(std::string_view id) { return find_number(id); }
    number_record const* known_number(std::string_view id) const { return data_.numbers.find(id); }
    /// A null pointer when the reference leads nowhere.
    revision const* engine_version(engine_ref const& used) { return engine_revision(used); }
    /// Of things that are no part of the account, but share its ids.
    std::string make_id(std::string_view prefix) { return new_id(prefix); }

    std::uint64_t changes() const noexcept { return changes_; }

private:
    /// Unix ms, different and later at each call.
    std::int64_t now();
    std::string new_id(std::string_view prefix);

    http::reply create_agent(channel, call const&);
    http::reply get_agent(channel, call const&);
    http::reply update_agent(channel, call const&);
    http::reply delete_agent(channel, call const&);
    http::reply get_agent_versions(channel, call const&);
    void settle_agent(channel, json::object& fields) const;
    agent_record& find_agent(std::string_view id);
    agent_record& find_agent(channel, std::string_view id);
    revision const& publish(agent_record& a, std::int64_t number, json::object const& titles);
    revision const& fork(agent_record& a, std::int64_t base);
    revision& resolve(agent_record& a, std::string_view reference);
    revision& numbered(agent_record& a, std::int64_t number);
    void check_voices(json::object const& agent, int status) const;
    bool has_voice(std::string_view id) const;
    void settle_engine(json::object& agent, engine_ref const& before);
    bool is_attached(agent_record const& a, std::int64_t number) const;
    std::int64_t fork_engine(engine_ref const& base);
    void freeze_engine(engine_ref const& used);
    void drop_engine_draft(engine_ref const& used);
    void touch_agent(agent_record& a) { data_.agents.move(a, now()); }
    /// `moves`: whether the agent counts as modified by its user.
    revision const& store(agent_record& a, json::object doc, bool moves = true);

    http::reply create_engine(engine_kind, call const&);
    http::reply get_engine(engine_kind, call const&);
    http::reply update_engine(engine_kind, call const&);
    http::reply delete_engine(engine_kind, call const&);
    http::reply list_engines(engine_kind, call const&);
    engine_record& find_engine(engine_kind, std::string_view id);
    revision& resolve_engine(engine_kind, engine_record& e, std::string_view version);
    /// A null pointer when the reference leads nowhere.
    revision* engine_revision(engine_ref const& used);
    revision const& store(engine_kind, engine_record& e, json::object doc, bool moves);
    std::string engine_text(revision const& r) const;

    number_record& find_number(std::string_view id);
    void check_bindings(json::object const& fields);
    void check_binding(json::value const& binding);
    void check_fallback(std::string_view number, json::object const& fields) const;
    std::string free_number(json::object const& fields);
    number_record& add_number(number_record n, json::object doc);
    void store(number_record& n, json::object doc);

    http::reply create_on(shelf s, call const& c);
    http::reply get_from(shelf s, call const& c);
    http::reply update_on(shelf s, call const& c);
    http::reply delete_from(shelf s, call const& c);
    http::reply list_of(shelf s, call const& c);
    http::reply list_of(shelf s, page_request const& request,
        std::function<bool(shelf_record const&)> const& wanted);
    shelf_record& find_on(shelf s, std::string_view id);
    shelf_record& put_on(shelf s, json::object fields, json::object hidden = {});
    void change_on(shelf s, shelf_record& r, json::object const& fields);
    std::string shown(shelf s, shelf_record const& r);
    void check_on(shelf s, json::object const& fields, shelf_record const* old) const;

    http::reply list_agents_v1(channel, call const&);
    http::reply publish_latest(channel, call const&);
    http::reply unpaged(http::reply (account::*paged)(call const&), call c);

    json::array make_sources(form const& sent);
    void read_sources(shelf_record& base);
    json::object add_voice(std::string_view name, std::string const& provider);
    std::string with_links(shelf_record const& component);
    void check_test_case(json::object const& fields) const;
    void check_tested_engine(json::value const& engine) const;
    void check_contact(json::object const& fields) const;
    bool has_contact(std::string_view phone_number) const;
    void check_app(json::object const& fields) const;
    json::object take_secrets(shelf s, json::object& fields) const;
    shelf_record& single(std::string_view name);
    std::vector<app_usage> usages_of(std::string_view app);
    shelf_record const& start_job(std::string_view name, std::size_t succeeded, std::size_t failed);

    bool is_listed(std::int64_t created) const;
    void add_builtin_voices();

    simulator_options const& options_;
    time_source& time_;
    inventory data_;
    std::uint64_t changes_ = 0;
    /// Component -> flows, as of a number of changes.
    std::map<std::string, std::set<std::string>, std::less<>> links_;
    std::uint64_t linked_at_ = 0;
};

} // namespace trunkline::retell::simulation
