#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// Documents and lines as they are masked every day, made up.
namespace mask_training {

/// The same choices in every build.
class dice {
public:
    std::uint32_t below(std::uint32_t n)
    {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::uint32_t>(state_ >> 33) % n;
    }
    bool one_in(std::uint32_t n) { return below(n) == 0; }
    template <std::size_t N>
    std::string pick(std::array<std::string_view, N> const& of)
    {
        return std::string(of[below(N)]);
    }
    std::string digits(int n)
    {
        std::string s;
        while (n-- > 0) s += static_cast<char>('0' + below(10));
        return s;
    }
    std::string hex(int n)
    {
        std::string s;
        while (n-- > 0) s += "0123456789abcdef"[below(16)];
        return s;
    }

private:
    std::uint64_t state_ = 20;
};

inline constexpr std::array<std::string_view, 12> sentences{
    "Good morning, this is the front desk of the hotel. How may I help you today?",
    "I booked a room for next weekend and would like to stay one night longer, if that works.",
    "Of course. May I have the name of the booking and the day of arrival, please?",
    "Schönen guten Tag, Sie sprechen mit der Werkstatt Nord. Worum geht es denn?",
    "Mein Wagen ist seit Montag bei Ihnen, ich wollte fragen, ob die Bremsen schon gemacht sind.",
    "Einen Augenblick, ich sehe im Auftrag nach. Könnten Sie mir bitte das Kennzeichen nennen?",
    "Yes, that is right.", "Nein, danke, das war alles. Tschüss!",
    "You can pick it up between nine and five, and bring the \\\"blue\\\" form with you.",
    "Das kostet 249,90 \\u20ac, darin sind die Teile f\\u00fcr beide Seiten enthalten.",
    "Die ist null eins sieben zwei, drei vier fünf, sechs sieben acht neun.",
    "Schreiben Sie mir an ina.vogel@example.net oder rufen Sie unter 0172 3456789 an."};
inline constexpr std::array<std::string_view, 8> names{"Ina Vogel", "Tom Baker", "Jürgen Ahrens",
    "Maria L\\u00f3pez", "Ole Petersen", "Ann Lee", "Kim Sommer", "Paul Weiß"};
inline constexpr std::array<std::string_view, 6> steps{
    "Greeting", "Ask for the order", "Look it up", "Offer a day", "Confirm", "End of the call"};

inline std::string number(dice& d)
{
    return d.one_in(2) ? "+4917" + d.digits(9) : "+1415555" + d.digits(4);
}

inline std::string figures(dice& d)
{
    std::string s;
    for (std::string_view const p : {"p50", "p90", "p95", "p99", "max", "min", "num"})
        s += (s.empty() ? "\"" : ",\"") + std::string(p) + "\":" + d.digits(3) +
            (d.one_in(3) ? "." + d.digits(2) : "");
    return "{" + s + ",\"values\":[" + d.digits(3) + "," + d.digits(3) + "." + d.digits(4) + "]}";
}

/// A turn of the conversation, some with their words.
inline std::string turn(dice& d, int n)
{
    std::string words;
    if (d.one_in(5))
        for (auto k = d.below(12); k > 0; --k)
            words += (words.empty() ? "" : ",") + std::string(R"({"word":"w)") + d.hex(3) +
                R"( ","start":)" + d.digits(2) + "." + d.digits(3) + R"(,"end":)" + d.digits(2) +
                ".5}";
    return R"({"role":")" + std::string(n % 2 == 0 ? "agent" : "user") + R"(","content":")" +
        d.pick(sentences) + " " + d.pick(sentences) + R"(","words":[)" + words +
        R"(],"metadata":{"response_id":)" + std::to_string(n) + "}}";
}

/// What a tool was asked and said, as a document in a string.
inline std::string tool(dice& d)
{
    auto const id = "tool_call_" + d.hex(6);
    std::string rows;
    for (auto n = 1 + d.below(5); n > 0; --n)
        rows += std::string(rows.empty() ? "" : ",") + R"({\"day\":\"2027-0)" + d.digits(1) + "-1" +
            d.digits(1) + R"(\",\"time\":\"1)" + d.digits(1) + R"(:30\",\"seats\":)" + d.digits(1) +
            "}";
    return R"({"role":"tool_call_invocation","tool_call_id":")" + id +
        R"(","name":"look_up_order","arguments":"{\"execution_message\":\"One moment.\",\"guest\":{\"full_name\":\")" +
        "Tom Baker" + R"(\",\"mobile\":\")" + number(d) +
        R"(\"}}","time_sec":1.5},{"role":"tool_call_result","tool_call_id":")" + id +
        R"(","content":"{\"order_id\":)" + d.digits(5) + R"(,\"free\":[)" + rows +
        R"(]}","successful":true,"time_sec":)" + d.digits(2) + ".25}";
}

inline std::string step(dice& d)
{
    return R"({"role":"node_transition","former_node_id":"node-17)" + d.digits(11) +
        R"(","former_node_name":")" + d.pick(steps) + R"(","new_node_id":"node-17)" + d.digits(11) +
        R"(","new_node_name":")" + d.pick(steps) + R"(","time_sec":)" + d.digits(2) + ".4}";
}

/// What is sent when a call has ended.
inline std::string call(dice& d)
{
    auto const id = "call_" + d.hex(27);
    auto const turns = 4 + static_cast<int>(d.below(12));
    std::string said, object, with_tools;
    for (int n = 0; n < turns; ++n) {
        auto const t = turn(d, n);
        said += std::string(n % 2 == 0 ? "Agent: " : "User: ") + d.pick(sentences) + "\\n";
        object += (n == 0 ? "" : ",") + t;
        with_tools += (n == 0 ? "" : ",") + t;
        if (d.one_in(4)) with_tools += "," + tool(d);
        if (d.one_in(2)) with_tools += "," + step(d);
    }
    auto const files = "https://files.example.com/" + d.hex(20);
    return R"({"event":"call_ended","call":{"call_id":")" + id +
        R"(","call_type":"phone_call","agent_id":"agent_)" + d.hex(26) + R"(","agent_version":)" +
        d.digits(1) +
        R"(,"agent_name":"Front desk","call_status":"ended","retell_llm_dynamic_variables":{"customer_name":")" +
        d.pick(names) +
        R"(","arrival":"12.03.2027","language":"en-GB","opening_hours":"Mon-Fri 9-17"},)" +
        R"("collected_dynamic_variables":{"current_node":"Confirm"},"start_timestamp":1799)" +
        d.digits(9) + R"(,"end_timestamp":1799)" + d.digits(9) + R"(,"duration_ms":)" +
        d.digits(5) + R"(,"from_number":")" + number(d) + R"(","to_number":")" + number(d) +
        R"(","direction":"inbound","telephony_identifier":{"twilio_call_sid":"CA)" + d.hex(32) +
        R"("},"disconnection_reason":"agent_hangup","metadata":{"order":)" + d.digits(4) +
        R"(,"contact":"guest)" + d.digits(2) + R"(@example.org","api_key":"key_)" + d.hex(28) +
        R"(","tier":"gold"},"transcript":")" + said + R"(","transcript_object":[)" + object +
        R"(],"transcript_with_tool_calls":[)" + with_tools + R"(],"recording_url":")" + files +
        R"(/recording.wav","recording_multi_channel_url":")" + files +
        R"(/both.wav","public_log_url":")" + files + R"(/public.log?signature=)" + d.hex(24) +
        R"(","latency":{"e2e":)" + figures(d) + R"(,"llm":)" + figures(d) + R"(,"tts":)" +
        figures(d) +
        R"(},"call_analysis":{"call_summary":"The caller asked for one more night.","in_voicemail":false,)" +
        R"("user_sentiment":"Positive","call_successful":true,"custom_analysis_data":{"wish":"late arrival","rooms":2}},)" +
        R"("call_cost":{"total_duration_unit_price":0.88,"product_costs":[{"product":"voice","unit_price":0.5,"cost":)" +
        d.digits(2) +
        R"(.4,"is_transfer_leg_cost":false},{"product":"llm","unit_price":0.3,"cost":)" +
        d.digits(2) + R"(}],"combined_cost":)" + d.digits(2) + R"(.75,"total_duration_seconds":)" +
        d.digits(3) + "}}}";
}

/// A flow: much text, and nothing that goes but the password of a hook.
inline std::string agent(dice& d)
{
    std::string nodes;
    for (auto n = 10 + d.below(20); n > 0; --n)
        nodes += std::string(nodes.empty() ? "" : ",\n  ") + R"({"id": "node-)" + d.digits(6) +
            R"(", "type": "conversation", "name": ")" + d.pick(steps) +
            R"(", "instruction": {"type": "prompt", "text": "Be friendly. )" + d.pick(sentences) +
            R"( Never say {{customer_name}} twice."}, "edges": [{"id": "edge-)" + d.digits(6) +
            R"(", "destination_node_id": "node-)" + d.digits(6) +
            R"(", "transition_condition": {"type": "prompt", "prompt": "The caller agrees"}}],)" +
            R"( "display_position": {"x": )" + d.digits(4) + R"(.5, "y": -)" + d.digits(3) + "}}";
    return "{\n \"agent_id\": \"agent_" + d.hex(26) +
        "\",\n \"version\": 3, \"language\": \"de-DE\", \"voice_id\": \"11labs-Kate\", "
        "\"max_call_duration_ms\": 3600000,"
        "\n \"webhook_url\": \"https://hooks.example.com/retell?token=" +
        d.hex(20) + "\",\n \"model_choice\": {\"type\": \"cascading\", \"model\": \"gpt-4.1\"},\n \"nodes\": [" +
        nodes + "]\n}";
}

/// A line of a log: the notations of the languages around us.
inline std::string line(dice& d)
{
    auto const time =
        "2027-03-1" + d.digits(1) + "T1" + d.digits(1) + ":0" + d.digits(1) + ":3" + d.digits(1);
    switch (d.below(16)) {
    case 0:
        return "[" + time + "] production.INFO: Call finished {\"call_id\":\"call_" + d.hex(27) +
            "\",\"duration_ms\":" + d.digits(5) + ",\"to_number\":\"" + number(d) + "\"} []";
    case 1:
        return time + "Z level=info msg=\"request done\" method=GET path=/v2/get-agent/agent_" +
            d.hex(20) + " status=200 took=" + d.digits(2) + "ms request_id=" + d.hex(16);
    case 2:
        return "10.0." + d.digits(2) + ".7 - - [12/Mar/2027:10:15:3" + d.digits(1) +
            " +0100] \"POST /webhook?token=" + d.hex(12) + " HTTP/1.1\" 204 0 \"-\" \"axios/1.6\"";
    case 3:
        return "Authorization: Bearer key_" + d.hex(28) +
            "\r\nContent-Type: application/json\r\nX-Request-Id: " + d.hex(32);
    case 4:
        return "DB_HOST=db DB_PORT=3306 DB_DATABASE=desk DB_USERNAME=desk DB_PASSWORD=" + d.hex(10) +
            " APP_DEBUG=false";
    case 5:
        return "Array\n(\n    [id] => " + d.digits(4) + "\n    [email] => guest" + d.digits(2) +
            "@example.org\n    [status] => open\n    [password] => " + d.hex(9) + "\n)";
    case 6:
        return "SQLSTATE[23000]: Integrity constraint violation: insert into `guests` (`name`, "
               "`phone`, `room`) values ('Tom', '" +
            number(d) + "', " + d.digits(3) + ")";
    case 7:
        return time + " worker.3 DEBUG User(id=" + d.digits(3) + ", name='Tom Baker', api_key='" +
            d.hex(20) + "', active=True)";
    case 8:
        return "#" + d.digits(1) + " /app/src/Http/Kernel.php(" + d.digits(3) +
            "): App\\Services\\Retell->request('GET', '/v2/list-agents')";
    case 9:
        return "curl -sS -H 'xi-api-key: " + d.hex(32) + "' -u desk:" + d.hex(8) +
            " https://api.example.com/v1/voices";
    case 10:
        return "retell:\n  base_url: https://api.example.com\n  api_key: key_" + d.hex(26) +
            "\n  timeout: " + d.digits(2);
    case 11:
        return "<guest><name>Tom</name><iban>DE02120300000000202051</iban><room>" + d.digits(3) +
            "</room></guest>";
    case 12:
        return "Rückruf für Frau Vogel unter 0172/3456" + d.digits(3) +
            " erbeten, Termin am 12.03.2027 um 10:30 Uhr.";
    case 13:
        return "customer_name=Tom+Baker&phone=%2B4917" + d.digits(9) +
            "&note=late%20arrival&page=" + d.digits(1);
    case 14:
        return time + " INFO queue: processed job " + d.hex(8) + "-" + d.hex(4) + "-4" + d.hex(3) +
            " in " + d.digits(3) + ".2 ms, " + d.digits(2) + " left";
    default:
        return time +
            ".123 WARN retry 2/5 after 503 from api.example.com, next in 1.5 s, breaker half-open";
    }
}

} // namespace mask_training
