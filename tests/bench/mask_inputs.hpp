#pragma once

#include "ended_call.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What bench_mask and its peers are measured on.
namespace bench_mask {

/// Many turns and little else, in ASCII and without an escape.
inline std::string turns_document()
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

inline std::string clean_document()
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

inline std::string log_text()
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

inline std::string repeated(std::string_view part, std::size_t size = 1 << 20)
{
    std::string s;
    s.reserve(size + part.size());
    while (s.size() < size) s += part;
    return s;
}

/// A detector of a peer: ten of them, in the syntax that RE2, PCRE and JavaScript share. Repetitions
/// have an end where a search that goes back would otherwise take the square of the length.
struct pattern {
    std::string_view replacement;
    std::string_view expression;
};

inline constexpr pattern patterns[] = {
    {"[EMAIL]", R"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4})"},
    {"[PHONE]", R"((\+|\b00)[1-9][0-9 ()/.-]{6,18}[0-9])"},
    {"[PHONE]", R"(\b0[1-9][0-9]{1,4}[ /-][0-9][0-9 ]{3,9}[0-9]\b)"},
    {"[CREDIT_CARD]", R"(\b[3-6][0-9]{3}[ .-]?[0-9]{4}[ .-]?[0-9]{4}[ .-]?[0-9]{1,7}\b)"},
    {"[IBAN]", R"(\b[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\b)"},
    {"[BEARER_TOKEN]", R"((?i)\b(bearer|basic) +[A-Za-z0-9._~+/=-]{6,})"},
    {"[JWT]", R"(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"},
    {"[KEY]", R"(\b(key_|sk-|sk_live_|ghp_|AIza|AKIA|xox[abp]-)[A-Za-z0-9_-]{16,})"},
    {"[PRIVATE_KEY]",
        R"(-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----[^-]+-----END [A-Z ]{0,24}PRIVATE KEY-----)"},
    {R"(\1"[MASKED]")",
        R"x((?i)("[a-z0-9_-]{0,40}(password|secret|token|api_key|authorization|phone|number|name|email|content|summary|url)" *: *)"([^"\\]|\\.)*")x"},
};

class input {
public:
    std::string name; ///< "hostile: ..." is one made to be slow.
    std::string text;
    double target; ///< MB/s on one core, of the specification; 0: none.
};

inline std::vector<input> inputs()
{
    std::vector<input> all = {{"call document", std::string(ended_call), 700},
        {"call, turns alone", turns_document(), 700}, {"clean document", clean_document(), 1200},
        {"log", log_text(), 700},
        {"short line",
            "2026-11-28 10:12:33,123 INFO worker[4012] request finished status=200 duration_ms=31",
            0}};
    auto const hostile = [&](std::string const& name, std::string text) {
        all.push_back({"hostile: " + name, std::move(text), 150});
    };
    hostile("@", repeated("@"));
    hostile("digits", repeated("0171392001234567"));
    hostile("digit groups", repeated("0171 39 20 012 "));
    hostile("capitals", repeated("ABCDEFGH"));
    hostile("eyJ.", repeated("eyJ."));
    hostile("letters and dots", repeated("a.b.c.d."));
    hostile("%25", repeated("%25"));
    hostile("backslashes", "{\"password\":\"" + repeated("\\"));
    hostile("quotes", repeated("\""));
    hostile("nesting", repeated("[{"));
    hostile("-----BEGIN", repeated("-----BEGIN "));
    // The slowest of each kind that bench_mask_hunt has found.
    for (std::string const part :
        {"SecretStr('", "ssn:", "s:8:\"password\";s:1:\"x\";", "password: ", "?token=x&",
            "name,phone,email\n", "<key>password</key>", "sk-", "cookie:", "+49", "at ", "doppel ",
            "(0", "-----BEGIN RSA PRIVATE KEY-----\nMII", "dXNlcjpwYXNzd29yZD0xMjM0NTY3OA== "})
        hostile(std::string(part.substr(0, part.find('\n'))), repeated(part));
    return all;
}

} // namespace bench_mask
