#include "simulator_account.hpp"
#include "simulator_paging.hpp"

/// Test suites. A run waits for those before it, takes options.test_time and ends as the options say.
namespace trunkline::retell::simulation {

namespace {

/// type, llm_id, conversation_flow_id and version of a list of tests.
class engine_filter {
public:
    explicit engine_filter(call const& c)
        : type_(c.parameter("type")),
          llm_(c.parameter("llm_id")),
          flow_(c.parameter("conversation_flow_id")),
          version_(c.parameter("version"))
    {
        if (type_ != "retell-llm" && type_ != "conversation-flow")
            refuse(400, "type is required and must be retell-llm or conversation-flow");
        if (!version_.empty() && !parse_integer(version_))
            refuse(400, "version must be an integer");
    }
    bool operator()(shelf_record const& r) const
    {
        auto const& engine = r.doc->value.at_or_null("response_engine");
        auto const is = [&](std::string_view wanted, std::string_view member) {
            return wanted.empty() || engine.string_at(member) == wanted;
        };
        bool const same_version =
            version_.empty() || engine.int_at("version", -1) == parse_integer(version_);
        return is(type_, "type") && same_version &&
            (type_ == "retell-llm" ? is(llm_, "llm_id") : is(flow_, "conversation_flow_id"));
    }

private:
    std::string_view type_, llm_, flow_, version_;
};

engine_ref tested_engine(json::value const& engine)
{
    return engine_of(json::object{{"response_engine", engine}});
}

} // namespace

void account::check_tested_engine(json::value const& engine) const
{
    auto const type = engine.string_at("type");
    if (type != "retell-llm" && type != "conversation-flow")
        refuse(400, "response_engine.type must be retell-llm or conversation-flow");
    auto const wanted = tested_engine(engine);
    auto const* found = data_.engines(wanted.kind).find(wanted.id);
    if (!found || (wanted.version >= 0 && !found->find(wanted.version)))
        refuse(400, "response_engine leads to nothing: " + wanted.id);
}

void account::check_test_case(json::object const& fields) const
{
    if (json::value const* engine = fields.find("response_engine")) check_tested_engine(*engine);
}

http::reply account::list_test_cases(call const& c)
{
    return list_of(shelf::test_cases, page_request(c, "test_cases"), engine_filter(c));
}

http::reply account::list_batch_tests(call const& c)
{
    return list_of(shelf::batch_tests, page_request(c, "batch_tests"), engine_filter(c));
}

http::reply account::list_test_runs(call const& c)
{
    auto const& batch = find_on(shelf::batch_tests, c.id).id;
    return list_of(
        shelf::test_runs, page_request(c, "test_runs/" + batch), [&](shelf_record const& run) {
            json::value const* of = run.hidden.find("batch");
            return of && of->string_or({}) == batch;
        });
}

namespace {

/// How a run of the definition ends.
std::string_view outcome(json::value const& definition, bool has_engine, std::string_view failing)
{
    if (!has_engine) return "error";
    bool const fails =
        !failing.empty() && definition.string_at("name").find(failing) != std::string_view::npos;
    return fails ? "fail" : "pass";
}

json::object run_ending(std::string_view status, std::int64_t at)
{
    auto const* why = status == "pass" ? "Every metric was met."
        : status == "fail"             ? "A metric was not met."
                                       : "The response engine does not exist.";
    return {{"status", status}, {"result_explanation", why}, {"user_modified_timestamp", at}};
}

} // namespace

http::reply account::create_batch_test(call const& c)
{
    auto fields = accept_fields(resource::batch_test, verb::create, c.body, options_);
    require_field(fields, "response_engine");
    require_field(fields, "test_case_definition_ids");
    check_tested_engine(*fields.find("response_engine"));
    auto const ids = fields.find("test_case_definition_ids")->as_array();
    if (ids.empty()) refuse(400, "test_case_definition_ids must not be empty");
    std::vector<document_ptr> definitions;
    for (json::value const& id : ids) {
        auto const* found = data_.shelves[shelf::test_cases].find(id.string_or({}));
        if (!found)
            refuse(400, "Test case definition " + std::string(id.string_or({})) + " not found");
        definitions.push_back(found->doc);
    }
    fields.erase("test_case_definition_ids");
    fields.set("total_count", definitions.size());
    auto& batch = put_on(shelf::batch_tests, std::move(fields));

    auto const time = options_.test_time.count();
    auto at = time_.unix_ms();
    std::map<std::string_view, int> counts;
    for (auto const& definition : definitions) {
        auto const engine = tested_engine(definition->value.at_or_null("response_engine"));
        auto const status =
            outcome(definition->value, engine_revision(engine) != nullptr, options_.failing_tests);
        auto& run = put_on(shelf::test_runs,
            {{"test_case_definition_id", definition->value.string_at("test_case_definition_id")},
                {"test_case_definition_snapshot", definition->value}},
            {{"batch", batch.id}});
        run.coming.push_back({at, {{"status", "in_progress"}}});
        at += time;
        run.coming.push_back({at, run_ending(status, at)});
        json::object progress{{std::string(status) + "_count", ++counts[status]}};
        progress.set("user_modified_timestamp", at);
        batch.coming.push_back({at, std::move(progress)});
    }
    batch.coming.back().set.set("status", "complete");
    return json_reply(201, batch.doc->text);
}

} // namespace trunkline::retell::simulation
