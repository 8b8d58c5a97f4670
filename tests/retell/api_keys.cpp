#include <retell/api_keys.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using trunkline::retell::api_keys;
using trunkline::retell::key_options;
using namespace std::chrono_literals;

namespace {

api_keys::clock::time_point at(std::chrono::milliseconds t)
{
    return api_keys::clock::time_point{} + t;
}

std::string chosen(api_keys& k, std::chrono::milliseconds t)
{
    auto const key = k.choose(at(t));
    return key ? api_keys::text(key) : "none";
}

std::string instead(api_keys::handle const& key)
{
    return key ? api_keys::text(key) : "none";
}

} // namespace

TEST_CASE("keys: a new key is taken at once, the one before is kept until it has a success")
{
    api_keys k("key_first", key_options());
    auto const first = k.choose(at(0ms));
    k.set("key_second");
    CHECK(chosen(k, 0ms) == "key_second");
    CHECK(k.state(at(0ms)).previous_kept);
    CHECK_FALSE(k.state(at(0ms)).confirmed);
    k.accepted(first); // a call under way: says nothing of the new one
    CHECK(k.state(at(0ms)).previous_kept);
    k.accepted(k.choose(at(0ms)));
    CHECK_FALSE(k.state(at(0ms)).previous_kept);
    CHECK(k.state(at(0ms)).confirmed);
    CHECK(k.state(at(0ms)).changes == 1);
}

TEST_CASE("keys: a refused new key gives way to the one before, and is tried again once a pause")
{
    api_keys k("key_first", key_options());
    k.set("key_second");
    auto const second = k.choose(at(0ms));
    CHECK(instead(k.refused(second, at(0ms), false)) == "key_first");
    CHECK(k.state(at(0ms)).refused);
    CHECK(chosen(k, 1ms) == "key_first");
    CHECK(chosen(k, 59'999ms) == "key_first");
    auto const probe = k.choose(at(60s));
    CHECK(api_keys::text(probe) == "key_second");
    CHECK(chosen(k, 60'001ms) == "key_first"); // the others wait for the probe
    CHECK(instead(k.refused(probe, at(60'002ms), false)) == "key_first");
    CHECK(chosen(k, 120s) == "key_first");
    auto const again = k.choose(at(121s));
    k.accepted(again);
    CHECK(chosen(k, 121s) == "key_second");
    CHECK_FALSE(k.state(at(121s)).previous_kept);
}

TEST_CASE("keys: when both are refused nothing is sent until the pause is over")
{
    api_keys k("key_first", key_options());
    k.set("key_second");
    auto const fallback = k.refused(k.choose(at(0ms)), at(0ms), false);
    CHECK(instead(k.refused(fallback, at(0ms), true)) == "none");
    CHECK(chosen(k, 1s) == "none");
    CHECK(k.why_none(at(1s)).find("59 s") != std::string::npos);
    CHECK(k.why_none(at(1s)).find("key_") == std::string::npos);
    CHECK(chosen(k, 60s) == "key_second");
}

TEST_CASE("keys: an only key is left alone after a few refusals in a row, not after one")
{
    api_keys k("key_first", key_options());
    for (int i = 0; i < 2; ++i) k.refused(k.choose(at(0ms)), at(0ms), false);
    k.accepted(k.choose(at(0ms)));
    for (int i = 0; i < 2; ++i) k.refused(k.choose(at(0ms)), at(0ms), false);
    CHECK(chosen(k, 0ms) == "key_first");
    k.refused(k.choose(at(0ms)), at(0ms), false);
    CHECK(chosen(k, 1ms) == "none");
    CHECK(chosen(k, 60s) == "key_first");
    CHECK(chosen(k, 60s) == "none"); // one call a pause
    k.set("key_second");
    CHECK(chosen(k, 61s) == "key_second");
    CHECK_FALSE(k.state(at(61s)).previous_kept); // a refused key is nothing to fall back on
}

TEST_CASE("keys: a call that began with the old key is repeated with the new one, once")
{
    api_keys k("key_first", key_options());
    auto const first = k.choose(at(0ms));
    k.set("key_second");
    CHECK(instead(k.refused(first, at(0ms), false)) == "key_second");
    CHECK(instead(k.refused(k.choose(at(0ms)), at(0ms), true)) == "none");
    k.set("key_third");
    CHECK(instead(k.refused(first, at(0ms), false)) == "key_third"); // older than the previous one
}

TEST_CASE("keys: of two changes in a row the key that has proved itself is kept")
{
    api_keys k("key_first", key_options());
    k.accepted(k.choose(at(0ms)));
    k.set("key_typo");
    k.set("key_second");
    CHECK(instead(k.refused(k.choose(at(0ms)), at(0ms), false)) == "key_first");
    k.set("key_first"); // back again
    CHECK(chosen(k, 0ms) == "key_first");
    CHECK_FALSE(k.state(at(0ms)).previous_kept);
}

TEST_CASE("keys: none is shown")
{
    api_keys k("key_first", key_options());
    k.set("key_second");
    std::string text = "Bearer key_first key_second key_firstkey_second";
    k.hide(text);
    CHECK(text == "Bearer *** *** ******");
}
