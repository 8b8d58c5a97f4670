#include <trunkline/core/json.hpp>
#include <trunkline/core/log.hpp>

#include <doctest/doctest.h>

#include <ios>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace trunkline;

TEST_CASE("log: a record is one line of JSON, in a stable order")
{
    std::ostringstream out;
    virtual_time const clock(1'795'339'800'123);
    json_line_sink sink(out, log_level::info, clock);
    sink.log(
        log_level::warning, "release.published", {{"release", "12"}, {"note", "two\nlines \"ä\""}});
    CHECK(out.str() ==
        "{\"time\":\"2026-11-22T09:30:00.123Z\",\"level\":\"warning\",\"event\":"
        "\"release.published\",\"release\":\"12\",\"note\":\"two\\nlines \\\"ä\\\"\"}\n");
}

TEST_CASE("log: levels below the least are dropped")
{
    std::ostringstream out;
    json_line_sink sink(out, log_level::warning);
    CHECK_FALSE(sink.wants(log_level::info));
    CHECK(sink.wants(log_level::error));
    sink.log(log_level::debug, "a");
    sink.log(log_level::info, "b");
    CHECK(out.str().empty());
    sink.log(log_level::error, "c");
    CHECK(json::parse(out.str()).string_at("level") == "error");
}

TEST_CASE("log: no field can make the record invalid or forge its head")
{
    std::ostringstream out;
    json_line_sink sink(out);
    sink.log(log_level::info, "x", {{"level", "error"}, {"a", "1"}, {"a", "2"}, {"bad", "\xff"}});
    auto const record = json::parse(out.str());
    CHECK(record.string_at("level") == "info");
    CHECK(record.string_at("a") == "1");
    CHECK(record.string_at("bad") == "\ufffd");
}

TEST_CASE("log: a stream that throws fails nobody")
{
    std::ostringstream out;
    out.exceptions(std::ios::badbit);
    out.setstate(std::ios::failbit);
    json_line_sink sink(out);
    sink.log(log_level::error, "dropped");
    CHECK(out.str().empty());
}

TEST_CASE("log: lines of several threads do not mix")
{
    std::ostringstream out;
    json_line_sink sink(out);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&sink, t] {
            auto const who = std::to_string(t);
            for (int i = 0; i < 200; ++i) sink.log(log_level::info, "tick", {{"thread", who}});
        });
    for (auto& t : threads) t.join();
    std::istringstream lines(out.str());
    std::vector<int> counts(4);
    for (std::string line; std::getline(lines, line);)
        ++counts[static_cast<std::size_t>(
            std::stoi(std::string(json::parse(line).string_at("thread"))))];
    CHECK(counts == std::vector<int>(4, 200));
}

TEST_CASE("log: the null sink wants nothing")
{
    auto& sink = null_sink::instance();
    CHECK_FALSE(sink.wants(log_level::error));
    sink.log(log_level::error, "nowhere");
    CHECK(name(log_level::debug) == "debug");
}
