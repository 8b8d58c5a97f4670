#include "simulator_account.hpp"

namespace trunkline::retell::simulation {

namespace {

class builtin_voice {
public:
    std::string_view id, name, provider, gender, accent, age;
};

/// Among them all that the demo account uses, so that it can move into an empty one.
constexpr builtin_voice builtin_voices[] = {
    {"11labs-Lena", "Lena", "elevenlabs", "female", "German", "Young"},
    {"11labs-Carola", "Carola", "elevenlabs", "female", "German", "Middle Aged"},
    {"11labs-Jonas", "Jonas", "elevenlabs", "male", "German", "Middle Aged"},
    {"11labs-Marissa", "Marissa", "elevenlabs", "female", "American", "Young"},
    {"11labs-Susanne", "Susanne", "elevenlabs", "female", "German", "Young"},
    {"cartesia-Friedrich", "Friedrich", "cartesia", "male", "German", "Middle Aged"},
    {"cartesia-Annika", "Annika", "cartesia", "female", "German", "Young"},
    {"cartesia-Anna", "Anna", "cartesia", "female", "German", "Middle Aged"},
    {"openai-Nova", "Nova", "openai", "female", "American", "Young"},
    {"openai-Shimmer", "Shimmer", "openai", "female", "American", "Young"},
    {"openai-Alloy", "Alloy", "openai", "female", "American", "Young"},
    {"minimax-Klara", "Klara", "minimax", "female", "Austrian", "Young"},
    {"retell-Cimo", "Cimo", "platform", "female", "American", "Young"},
};

json::object to_document(builtin_voice const& v)
{
    return {{"voice_id", v.id}, {"voice_name", v.name}, {"provider", v.provider},
        {"gender", v.gender}, {"accent", v.accent}, {"age", v.age}};
}

} // namespace

void account::add_builtin_voices()
{
    for (auto const& v : builtin_voices)
        if (!has_voice(v.id)) data_.voices.emplace_back(to_document(v));
}

http::reply account::get_api_key_info(call const&)
{
    return json_reply(200, R"({"org_name":"Simulated account","api_key_name":"simulator"})");
}

http::reply account::get_voice(call const& c)
{
    for (json::value const& v : data_.voices)
        if (v.string_at("voice_id") == c.id) return json_reply(200, json::to_text(v));
    refuse_unknown_asset("voice", c.id);
}

http::reply account::list_voices(call const&)
{
    return json_reply(200, json::to_text(json::value(data_.voices)));
}

} // namespace trunkline::retell::simulation
