#include "word_filter.hpp"

namespace trunkline::mask_detail {

/// Four characters of text that begin such a word: where it is shorter, whatever follows it.
void word_filter::note_start(std::string_view word, kind k) noexcept
{
    std::uint32_t letters[4] = {};
    for (std::size_t i = 0; i < word.size() && i < 4; ++i) {
        auto const c = lower(static_cast<byte>(word[i]));
        letters[i] = is_alpha(c) ? c : 0u;
    }
    auto const note = [&](std::uint32_t third, std::uint32_t fourth) {
        auto const h = hash(letters[0] | (letters[1] << 8) | (third << 16) | (fourth << 24));
        starts_[h / 64] |= std::uint64_t{1} << (h % 64);
    };
    auto const any = [](auto const& f) {
        f(0u);
        for (std::uint32_t c = 'a'; c <= 'z'; ++c) f(c);
    };
    if (word.size() == 1) {
        any([&](std::uint32_t third) { any([&](std::uint32_t c) { note(third, c); }); });
    } else if (letters[2] == 0) {
        any([&](std::uint32_t c) { note(0, c); });
    } else {
        // Contexts are also written in two words, and prefixes of tokens go on as they like.
        note(letters[2], letters[3]);
        if (k == context) note(letters[2], 0);
        bool const goes_on = (k == number && (word == "ein" || word == "zwo")) || k == token;
        if (goes_on && word.size() == 3)
            any([&](std::uint32_t c) { note(letters[2], c); });
    }
}

} // namespace trunkline::mask_detail
