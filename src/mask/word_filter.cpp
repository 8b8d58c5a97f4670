#include "word_filter.hpp"

namespace trunkline::mask_detail {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
/// Every way in which what is no letter is folded.
constexpr std::string_view others(
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f",
    32);
/// What may stand between the two words that make a context: "SMS-TAN".
constexpr std::string_view joints = " -_.'";

} // namespace

/// A context may be spelled in two words, "Konto-Nummer": each beginning of it may be the first.
void word_filter::note_wholes(std::string_view word) noexcept
{
    std::uint64_t eight = 0;
    for (std::size_t i = 0; i < word.size() && i < 8; ++i) {
        eight |= std::uint64_t{folded(static_cast<byte>(word[i]))} << (8 * i);
        note(beginnings_, eight);
    }
    if (word.size() <= 8) note(wholes_, eight);
}

/// All that the first four characters of such a word may be, where it is shorter with what follows.
void word_filter::note_start(std::string_view word, kind k) noexcept
{
    std::uint32_t c[4] = {};
    for (std::size_t i = 0; i < word.size() && i < 4; ++i)
        c[i] = folded(static_cast<byte>(word[i]));
    auto const note = [&](std::uint32_t third, std::uint32_t fourth) {
        auto const four = c[0] | (c[1] << 8) | (third << 16) | (fourth << 24);
        auto const h = hash(four);
        starts_[h / 32] |= 1u << (h % 32);
        if (k != context) others_[h / 32] |= 1u << (h % 32);
        pairs_.add(four, word.size());
    };
    auto const each = [](std::string_view chars, auto const& f) {
        for (auto const x : chars) f(folded(static_cast<byte>(x)));
    };
    auto const any = [&](auto const& f) {
        each(letters, f);
        each(others, f);
    };
    if (word.size() == 3 && c[1] < 'a') { // "e-GK"
        each(joints, [&](byte second) {
            c[1] = second;
            any([&](byte x) { note(c[2], x); });
        });
        return;
    }
    if (word.size() == 2) {
        // A context's first word; else a word of its own.
        each(k == context ? joints : others,
            [&](byte third) { any([&](byte x) { note(third, x); }); });
        return;
    }
    if (word.size() > 3) note(c[2], c[3]);
    else each(others, [&](byte x) { note(c[2], x); });
    if (k == context) each(joints, [&](byte x) { note(c[2], x); }); // in two words
    bool const goes_on = k == token || (k == number && (word == "ein" || word == "zwo"));
    if (goes_on && word.size() == 3) each(letters, [&](byte x) { note(c[2], x); });
}

} // namespace trunkline::mask_detail
