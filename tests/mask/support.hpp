#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mask_test {

using namespace trunkline;

inline constexpr mask_zone zones[] = {mask_zone::log, mask_zone::error, mask_zone::api,
    mask_zone::webhook_out, mask_zone::export_, mask_zone::transcript};

inline std::string masked(masker const& m, std::string_view in, mask_zone zone)
{
    auto const r = m.mask(in, zone);
    REQUIRE(r.status == mask_status::done);
    return std::string(r.text(in));
}

inline std::string log_of(std::string_view in)
{
    return masked(masker(), in, mask_zone::log);
}

/// The same through a stream that is fed up to each of the cuts.
inline std::string streamed(
    masker const& m, std::string_view in, mask_zone zone, std::vector<std::size_t> const& cuts)
{
    mask_stream s(m, zone);
    std::string out;
    std::size_t from = 0;
    for (auto const cut : cuts) {
        REQUIRE(s.feed(in.substr(from, cut - from), out) == mask_status::done);
        from = cut;
    }
    REQUIRE(s.feed(in.substr(from), out) == mask_status::done);
    REQUIRE(s.flush(out) == mask_status::done);
    return out;
}

/// The masked text, whatever way it is cut, and masked once more.
inline std::string settled(std::string const& in, mask_zone zone = mask_zone::log)
{
    masker const m;
    auto const out = masked(m, in, zone);
    CHECK(masked(m, out, zone) == out);
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 1; cut < in.size(); cut += 1 + cut / 3) cuts.push_back(cut);
    CHECK(streamed(m, in, zone, cuts) == out);
    return out;
}

/// What each text is to be once it is settled.
inline void become(std::initializer_list<std::pair<std::string, std::string>> texts)
{
    for (auto const& [in, out] : texts) {
        CAPTURE(in);
        CHECK(settled(in) == out);
    }
}

/// In which nothing is found.
inline void stay(std::initializer_list<std::string> texts)
{
    for (auto const& text : texts) CHECK(log_of(text) == text);
}

inline bool is_json(std::string_view text)
{
    json::parse_error why;
    return json::parse(text, why).has_value();
}

} // namespace mask_test
