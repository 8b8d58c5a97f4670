#include "simulator_account.hpp"
#include "simulator_multipart.hpp"

#include <cctype>

namespace trunkline::retell::simulation {

namespace {

constexpr std::string_view voice_providers[] = {
    "elevenlabs", "cartesia", "minimax", "fish_audio", "inworld", "platform"};

/// What search-community-voice finds.
class community_voice {
public:
    std::string_view provider, id, name, description;
};

constexpr community_voice community_voices[] = {
    {"elevenlabs", "el-sachlich", "Sachlich", "Calm German narrator"},
    {"elevenlabs", "el-warm", "Warm", "Friendly German receptionist"},
    {"elevenlabs", "el-aria", "Aria", "Expressive American voice"},
    {"cartesia", "ca-empfang", "Empfang", "Clear German front desk"},
    {"cartesia", "ca-brook", "Brook", "Steady British voice"},
    {"minimax", "mm-lea", "Lea", "Young Austrian voice"},
    {"fish_audio", "fa-tom", "Tom", "Deep American voice"},
    {"inworld", "iw-nora", "Nora", "Bright Scandinavian English"},
};

bool contains_without_case(std::string_view text, std::string_view part)
{
    auto const found = std::ranges::search(text, part,
        [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
    return !found.empty() || part.empty();
}

std::string provider_of(json::object const& fields, std::string_view standard)
{
    json::value const* given = fields.find("voice_provider");
    auto const provider = given ? given->string_or(standard) : standard;
    if (std::ranges::find(voice_providers, provider) == std::end(voice_providers))
        refuse(400, "voice_provider is unknown");
    return std::string(provider);
}

} // namespace

/// A voice of the account's own.
json::object account::add_voice(std::string_view name, std::string const& provider)
{
    json::object voice{{"voice_id", new_id("custom_voice_")}, {"voice_name", name},
        {"provider", provider}, {"gender", "female"}};
    data_.voices.emplace_back(voice);
    ++changes_;
    return voice;
}

http::reply account::add_community_voice(call const& c)
{
    auto const fields = accept_fields(resource::voice_community, verb::create, c.body, options_);
    require_field(fields, "provider_voice_id");
    require_field(fields, "voice_name");
    auto const provider = provider_of(fields, "elevenlabs");
    return json_reply(
        200, json::to_text(add_voice(fields.find("voice_name")->as_string(), provider)));
}

http::reply account::clone_voice(call const& c)
{
    form const sent(c, resource::voice_clone, options_);
    require_field(sent.fields, "voice_name");
    require_field(sent.fields, "voice_provider");
    if (sent.files.empty()) refuse(400, "files is required");
    auto const provider = provider_of(sent.fields, {});
    return json_reply(
        201, json::to_text(add_voice(sent.fields.find("voice_name")->as_string(), provider)));
}

http::reply account::search_community_voice(call const& c)
{
    auto const fields = accept_fields(resource::voice_search, verb::create, c.body, options_);
    require_field(fields, "search_query");
    auto const& query = fields.find("search_query")->as_string();
    auto const provider =
        fields.contains("voice_provider") ? provider_of(fields, {}) : std::string();
    json::array voices;
    for (auto const& v : community_voices) {
        bool const fits = provider.empty() || v.provider == provider;
        if (!fits ||
            !(contains_without_case(v.name, query) || contains_without_case(v.description, query)))
            continue;
        voices.emplace_back(json::object{{"provider_voice_id", v.id}, {"name", v.name},
            {"description", v.description}, {"public_user_id", "simulated"}});
    }
    return json_reply(200, json::to_text(json::object{{"voices", std::move(voices)}}));
}

} // namespace trunkline::retell::simulation
