#include "telephony_document.hpp"

#include <trunkline/core/random.hpp>

#include <cmath>
#include <cstdio>
#include <numeric>

namespace trunkline::retell::simulation {

json::value seconds(std::int64_t ms)
{
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%03d", static_cast<long long>(ms / 1000),
        static_cast<int>(ms % 1000));
    return json::number(std::string(text));
}

namespace {

constexpr std::int64_t ms_per_word = 350;

/// The words of a text with where each begins and ends, spread evenly over its time.
json::array words_of(std::string_view text, std::int64_t at, std::int64_t lasts)
{
    json::array out;
    auto const ms_at = [&](std::size_t letter) {
        return seconds(at +
            lasts * static_cast<std::int64_t>(letter) /
                std::max<std::int64_t>(1, static_cast<std::int64_t>(text.size())));
    };
    for (std::size_t begin = 0; (begin = text.find_first_not_of(' ', begin)) != text.npos;) {
        auto const end = std::min(text.find(' ', begin), text.size());
        out.emplace_back(json::object{{"word", text.substr(begin, end - begin)},
            {"start", ms_at(begin)}, {"end", ms_at(end)}});
        begin = end;
    }
    return out;
}

std::string_view speaker(std::string_view role)
{
    if (role == "agent") return "Agent";
    return role == "user" ? "User" : "Transfer Target";
}

} // namespace

std::int64_t speaking_time(std::string_view text)
{
    return ms_per_word * (1 + std::ranges::count(text, ' '));
}

void add_utterance(call_record& c, std::string_view role, std::string_view text, std::int64_t at,
    std::int64_t lasts)
{
    auto& transcript = c.doc["transcript"];
    std::string so_far(transcript.string_or({}));
    transcript = so_far.append(speaker(role)).append(": ").append(text) + '\n';
    json::object entry{{"role", role}, {"content", text}, {"words", words_of(text, at, lasts)}};
    c.list("transcript_object").emplace_back(entry);
    c.list("transcript_with_tool_calls").emplace_back(std::move(entry));
}

void add_event(call_record& c, json::object entry)
{
    c.list("transcript_with_tool_calls").emplace_back(std::move(entry));
}

namespace {

/// Percentiles by rank, as the service lists them.
json::object summary_of(std::vector<std::int64_t> values)
{
    json::array listed(values.begin(), values.end());
    std::ranges::sort(values);
    auto const rank = [&](double share) {
        auto const i = std::ceil(share * static_cast<double>(values.size())) - 1;
        return values[static_cast<std::size_t>(std::max(0.0, i))];
    };
    return {{"p50", rank(.5)}, {"p90", rank(.9)}, {"p95", rank(.95)}, {"p99", rank(.99)},
        {"min", values.front()}, {"max", values.back()}, {"num", values.size()},
        {"values", std::move(listed)}};
}

/// The parts an answer's time is made of, in percent of the whole.
constexpr std::pair<std::string_view, std::int64_t> latency_parts[] = {
    {"e2e", 100}, {"asr", 12}, {"llm", 58}, {"tts", 24}};

json::object latency_of(json::array const& turns)
{
    json::object out;
    for (auto const& [part, share] : latency_parts) {
        std::vector<std::int64_t> values;
        for (json::value const& turn : turns) values.push_back(turn.int_or(0) * share / 100);
        out.set(part, summary_of(std::move(values)));
    }
    return out;
}

/// In cents. Prices per minute, billed by the second.
json::object cost_of(std::int64_t duration_ms)
{
    constexpr std::pair<std::string_view, std::int64_t> prices[] = {// thousandths of a cent a second
        {"retell_voice_engine", 117}, {"llm", 75}, {"telephony", 25}};
    auto const billed = (duration_ms + 999) / 1000;
    auto const cents = [](std::int64_t thousandths) { return seconds(thousandths); };
    std::int64_t unit = 0;
    json::array products;
    for (auto const& [product, price] : prices) {
        unit += price;
        products.emplace_back(json::object{
            {"product", product}, {"unit_price", cents(price)}, {"cost", cents(price * billed)}});
    }
    return {{"product_costs", std::move(products)}, {"total_duration_seconds", billed},
        {"total_duration_unit_price", cents(unit)}, {"combined_cost", cents(unit * billed)}};
}

json::object tokens_of(json::array const& turns)
{
    json::array values;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        auto const tokens = static_cast<std::int64_t>(1200 + 90 * i);
        values.emplace_back(tokens);
        sum += tokens;
    }
    auto const count = static_cast<std::int64_t>(turns.size());
    return {{"values", std::move(values)}, {"average", sum / std::max<std::int64_t>(1, count)},
        {"num_requests", count}};
}

} // namespace

void add_figures(call_record& c)
{
    if (!c.turns.empty()) c.doc.set("latency", latency_of(c.turns));
    c.doc.set("call_cost", cost_of(c.integer("duration_ms")));
    c.doc.set("llm_token_usage", tokens_of(c.turns));
    std::string const place = "https://recordings.invalid/" + c.id;
    c.doc.set("recording_url", place + "/recording.wav");
    c.doc.set("recording_multi_channel_url", place + "/recording_multichannel.wav");
    c.doc.set("public_log_url", place + "/public.log");
}

void withhold(call_record& c)
{
    if (c.text("data_storage_setting") != "basic_attributes_only") return;
    for (auto const* content : {"transcript", "transcript_object", "transcript_with_tool_calls",
             "recording_url", "recording_multi_channel_url", "public_log_url",
             "retell_llm_dynamic_variables", "collected_dynamic_variables"})
        c.doc.erase(content);
}

namespace {

/// A value for each item of post_call_analysis_data or its counterpart of chats.
json::object custom_analysis(json::object const& agent, std::string_view member)
{
    json::object out;
    json::value const* items = agent.find(member);
    if (!items || !items->is_array()) return out;
    for (json::value const& item : items->as_array()) {
        auto const type = item.string_at("type");
        auto const name = item.string_at("name");
        if (type == "boolean") out.set(name, json::value(false));
        else if (type == "number") out.set(name, 0);
        else if (type == "string") out.set(name, "");
        else if (type == "enum" && item.at_or_null("choices").is_array())
            for (json::value const& choice : item.find("choices")->as_array()) {
                out.set(name, choice);
                break;
            }
    }
    return out;
}

std::string summary_sentence(std::string_view first_words, std::string_view ending)
{
    if (first_words.empty()) return "The user said nothing. " + std::string(ending);
    return "The user said: \"" + std::string(first_words) + "\" " + std::string(ending);
}

/// The first thing the user says.
std::string_view first_of_user(json::value const& entries)
{
    if (entries.is_array())
        for (json::value const& e : entries.as_array())
            if (e.string_at("role") == "user") return e.string_at("content");
    return {};
}

bool is_success(std::string_view reason)
{
    return reason == "user_hangup" || reason == "agent_hangup" || reason == "call_transfer" ||
        reason == "transfer_bridged";
}

} // namespace

json::object analyze(call_record const& c)
{
    json::value const* entries = c.doc.find("transcript_object");
    auto const words = entries ? first_of_user(*entries) : std::string_view();
    auto const reason = c.text("disconnection_reason");
    bool const successful = is_success(reason) && !words.empty();
    json::object out{
        {"call_summary", summary_sentence(words, "The call ended by " + std::string(reason) + '.')},
        {"in_voicemail", reason == "voicemail_reached"},
        {"user_sentiment",
            words.empty()    ? "Unknown"
                : successful ? "Positive"
                             : "Neutral"},
        {"call_successful", successful},
        {"custom_analysis_data", custom_analysis(c.agent, "post_call_analysis_data")}};
    if (json::value const* stated = c.script.find("analysis"))
        for (auto const& m : stated->as_object()) out.set(m.key, m.val);
    return out;
}

json::object analyze(chat_record const& c)
{
    json::value const* entries = c.doc.find("message_with_tool_calls");
    auto const words = entries ? first_of_user(*entries) : std::string_view();
    return {{"chat_summary", summary_sentence(words, "The chat has ended.")},
        {"user_sentiment", words.empty() ? "Unknown" : "Neutral"},
        {"chat_successful", !words.empty()},
        {"custom_analysis_data", custom_analysis(c.agent, "post_chat_analysis_data")}};
}

std::string list_row(call_record const& c)
{
    std::string out = "{";
    for (auto const& m : c.doc) {
        if (m.key.text().find("transcript") != std::string::npos) continue;
        if (out.size() > 1) out += ',';
        json::append_text(out, json::value(m.key.text()));
        out += ':';
        json::append_text(out, m.val);
    }
    return out + '}';
}

std::string fill_in(std::string_view text, json::value const& variables)
{
    std::string out;
    for (std::size_t open; (open = text.find("{{")) != text.npos;) {
        auto const close = text.find("}}", open);
        if (close == text.npos) break;
        auto name = text.substr(open + 2, close - open - 2);
        while (name.starts_with(' ')) name.remove_prefix(1);
        while (name.ends_with(' ')) name.remove_suffix(1);
        json::value const* found = variables.find(name);
        out += text.substr(0, open);
        if (found && found->is_string()) out += found->as_string();
        else out += text.substr(open, close + 2 - open);
        text.remove_prefix(close + 2);
    }
    return out.append(text);
}

} // namespace trunkline::retell::simulation
