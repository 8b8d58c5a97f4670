/// How fast the masker is, against memcpy over the same bytes in the same run: call documents,
/// documents without secrets, logs, and inputs made to be slow.
///
///     bench_mask --hunt [--seed S] [--random N]
///
/// looks for slower ones: the slowest of all it can think of, and those that are not linear.

#include "mask_hunt.hpp"

#include <trunkline/mask/masker.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace trunkline;

volatile std::size_t sink = 0;

void keep(std::size_t v)
{
    sink = sink + v;
}

/// Processor seconds of one run: the best of those that fit into about a third of a second.
template <class Work>
double seconds(Work const& work)
{
    using clock = std::chrono::steady_clock;
    auto const end = clock::now() + std::chrono::milliseconds(350);
    double best = 1e9;
    std::size_t repeat = 1;
    for (int runs = 0; runs < 3 || clock::now() < end; ++runs) {
        auto const begin = std::clock();
        for (std::size_t k = 0; k < repeat; ++k) work();
        auto const took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        if (took < 0.005 && repeat < 1'000'000) {
            repeat *= 2; // the clock is coarse
            continue;
        }
        best = std::min(best, took / static_cast<double>(repeat));
    }
    return best;
}

void report(char const* name, masker const& m, std::string const& text)
{
    std::string copy(text.size(), ' ');
    std::uint64_t found = 0;
    auto const mb = static_cast<double>(text.size()) / 1e6;
    auto const masking = seconds([&] {
        auto const r = m.mask(text, mask_zone::log);
        found = r.counts.total();
        keep(r.output.size());
    });
    auto const copying = seconds([&] {
        std::memcpy(copy.data(), text.data(), text.size());
        keep(static_cast<unsigned char>(copy[copy.size() / 2]));
    });
    std::printf("%-28s %9zu bytes %7llu found %9.0f MB/s   1/%.1f of memcpy\n", name, text.size(),
        static_cast<unsigned long long>(found), mb / masking, masking / copying);
}

std::string call_document()
{
    std::string s =
        R"({"event":"call_ended","call":{"call_id":"call_8f1c2d3e4f5a6b7c8d9e0f1a2b3c","agent_id":"agent_1f2e3d4c5b6a",)"
        R"("agent_version":12,"call_status":"ended","from_number":"+491713920012","to_number":"+4930901820","direction":"inbound",)"
        R"("start_timestamp":1764324000123,"end_timestamp":1764324123456,"duration_ms":123333,"disconnection_reason":"user_hangup",)"
        R"("recording_url":"https://dxc03zgurdly9.cloudfront.net/0f5cea8f4bbd4e5d8f0d/recording.wav",)"
        R"("retell_llm_dynamic_variables":{"customer_name":"Max Mustermann","appointment":"05.10.2026 10:30"},)"
        R"("metadata":{"order":4711,"contact":"max@example.org"},"transcript_object":[)";
    for (int k = 0; k < 24; ++k) {
        if (k) s += ',';
        s += R"({"role":"agent","content":"Guten Tag, hier ist die Praxis am Markt. Wie kann ich Ihnen heute weiterhelfen? Bitte nennen Sie mir Ihr Anliegen.",)"
             R"("metadata":{"response_id":)" +
            std::to_string(k) +
            R"(},"latency":{"e2e":812,"llm":402,"tts":233},"start":12.345,"end":18.901})";
    }
    s +=
        R"(],"call_analysis":{"call_summary":"The caller moved an appointment.","user_sentiment":"Positive","call_successful":true},)"
        R"("latency":{"e2e":{"p50":812,"p90":1200,"p95":1400,"p99":1900,"max":2100,"min":500,"num":24}},)"
        R"("call_cost":{"combined_cost":70.5,"product_costs":[{"product":"elevenlabs_tts","unit_price":1.17,"cost":30}]}}})";
    return s;
}

std::string clean_document()
{
    std::string s = R"({"agent_id":"agent_1f2e3d4c5b6a","version":3,"is_published":true,"nodes":[)";
    for (int k = 0; k < 40; ++k) {
        if (k) s += ',';
        s += R"({"id":"node_)" + std::to_string(k) +
            R"(","type":"conversation","name":"Begrüßung","instruction":{"type":"prompt",)"
            R"("text":"Ask for the reason of the call and offer the next free appointment. Stay friendly and brief."},)"
            R"("edges":[{"id":"edge_1","destination_node_id":"node_2"}],"display_position":{"x":120.5,"y":-340.25}})";
    }
    return s + R"(],"model":"gpt-4.1","temperature":0.3})";
}

std::string log_text()
{
    std::string s;
    for (int k = 0; s.size() < 1'000'000; ++k) {
        auto const n = std::to_string(k % 60);
        s += "2026-11-28 10:12:" + n + ",123 INFO worker[" + std::to_string(4000 + k % 97) +
            "] request finished method=POST path=/v1/calls/" + std::to_string(100000 + k) +
            " status=200 bytes=5312 duration_ms=" + std::to_string(k % 400) + " cache=hit\n";
        if (k % 20 == 0)
            s += "2026-11-28 10:12:" + n + ",124 WARN caller +49171392" +
                std::to_string(1000 + k % 9000) + " not known\n";
    }
    return s;
}

std::string repeated(std::string_view part, std::size_t size = 1 << 20)
{
    std::string s;
    s.reserve(size + part.size());
    while (s.size() < size) s += part;
    return s;
}

/// Processor seconds of one call, the best of `runs`.
double best_of(int runs, masker const& m, std::string const& text)
{
    double best = 1e9;
    for (; runs > 0; --runs) {
        auto const begin = std::clock();
        keep(m.mask(text, mask_zone::log).output.size());
        best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return best;
}

std::string printed(std::string_view fragment)
{
    std::string s;
    for (char const c : fragment) {
        char code[5];
        std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
        if (c >= 0x20 && c < 0x7f && c != '\\') s += c;
        else s += c == '\n' ? "\\n" : code;
    }
    return s;
}

/// The slowest inputs, and how much longer twice as much takes.
int hunt_slow(std::uint64_t seed, std::size_t random_ones)
{
    constexpr std::size_t shown = 30, looked_at = 60, few = 1 << 14, all = 1 << 20;
    class found {
    public:
        std::string fragment;
        double time; ///< A byte.
        double twice = 0;
    };
    masker const m;
    std::vector<found> slow;
    for (auto& f : hunt::fragments(random_ones, seed)) {
        auto const text = repeated(f, few);
        slow.push_back({std::move(f), best_of(2, m, text) / static_cast<double>(text.size())});
    }
    auto const slower = [](found const& a, found const& b) { return a.time > b.time; };
    std::printf("%zu inputs, seed %llu\n", slow.size(), static_cast<unsigned long long>(seed));
    std::ranges::sort(slow, slower);
    slow.resize(std::min(slow.size(), looked_at));
    for (auto& f : slow) {
        auto const text = repeated(f.fragment, all);
        f.time = best_of(3, m, text) / static_cast<double>(text.size());
        f.twice = best_of(2, m, repeated(f.fragment, 2 * all)) / 2 /
            (f.time * static_cast<double>(text.size()));
    }
    std::ranges::sort(slow, slower);
    slow.resize(std::min(slow.size(), shown));
    for (auto const& f : slow)
        std::printf("%7.0f MB/s  twice as much: %.2f as fast  %s\n", 1e-6 / f.time, 1 / f.twice,
            printed(f.fragment).c_str());
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    bool hunting = false;
    std::uint64_t seed = std::random_device{}();
    std::size_t random_ones = 4000;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        hunting = hunting || word == "--hunt";
        if (word == "--seed" && i + 1 < argc) seed = std::strtoull(argv[++i], nullptr, 10);
        if (word == "--random" && i + 1 < argc) random_ones = std::strtoull(argv[++i], nullptr, 10);
    }
    if (hunting) return hunt_slow(seed, random_ones);
    masker const m;
    report("call document", m, call_document());
    report("clean document", m, clean_document());
    report("log", m, log_text());
    report("short line", m,
        "2026-11-28 10:12:33,123 INFO worker[4012] request finished status=200 duration_ms=31");
    report("hostile: @", m, repeated("@"));
    report("hostile: digits", m, repeated("0171392001234567"));
    report("hostile: digit groups", m, repeated("0171 39 20 012 "));
    report("hostile: capitals", m, repeated("ABCDEFGH"));
    report("hostile: eyJ.", m, repeated("eyJ."));
    report("hostile: letters and dots", m, repeated("a.b.c.d."));
    report("hostile: %25", m, repeated("%25"));
    report("hostile: backslashes", m, "{\"password\":\"" + repeated("\\"));
    report("hostile: quotes", m, repeated("\""));
    report("hostile: nesting", m, repeated("[{"));
    report("hostile: -----BEGIN", m, repeated("-----BEGIN "));
}
