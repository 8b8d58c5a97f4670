#pragma once

#include "lanes.hpp"

namespace trunkline::mask_detail {

/// What is found by bits alone, of the blocks that planes speaks of.
class bit_finds {
public:
    using lane_array = std::array<std::uint64_t, planes::blocks>;
    lane_array places;
    lane_array words;      ///< Where words and numbers begin.
    lane_array worth;      ///< Of those, which to look at, by their first letters.
    lane_array six;        ///< Numbers that six digits may begin, with what may stand between.
    lane_array umlauts;    ///< Those with a byte above ASCII among the first four.
    lane_array runs;       ///< Words that are followed by what could be base64 or hex,
    lane_array mixed;      ///< those with a digit or capital,
    lane_array options;    ///< "-u"
    lane_array times;      ///< The colons in "28 10:12:33", which follow no key,
    lane_array quoted;     ///< those behind a quote,
    lane_array named;      ///< and equals signs behind a name.
    lane_array odd_quotes; ///< Where an odd number stands before, from the first of these blocks on.
};

/**
 * The places of eight blocks, so far as bits tell: numbers that are long enough for something,
 * runs of base64, brackets, signs. Lanes is one of the twins of lanes.hpp.
 */
template <class Lanes>
class bit_search {
public:
    /// `all_sevens`: seven digits are worth a look whatever they are.
    bit_search(planes const& p, bool all_sevens) noexcept : planes_(p), all_sevens_(all_sevens) {}

    /// Of eight blocks from `first` on, behind those that it was run on before.
    void run(std::size_t first, bit_finds& out) noexcept
    {
        first_ = first;
        auto const alpha = all(kind::alpha), digit = all(kind::digit);
        auto const letter = alpha | all(kind::high);
        auto const word = letter | digit;
        auto const before =
            behind(kind::alpha, by<1>) | behind(kind::digit, by<1>) | behind(kind::high, by<1>);
        words_ = word.low & ~before;
        auto const minus = all(kind::minus);
        auto const small = pair{alpha.low & ~here(kind::upper), alpha.high & ~after(kind::upper)};
        auto const no_mask = small | digit | all(kind::opening) | all(kind::closing);
        auto const places = (here(kind::tag) & letter.ahead(by<1>).low) |
            (here(kind::at) &
                (word.ahead(by<1>).low |
                    (behind(kind::blank, by<1>) & all(kind::blank).ahead(by<1>).low))) |
            (here(kind::bracket) & ~no_mask.ahead(by<1>).low) | here(kind::paren) |
            (here(kind::plus) & (digit | all(kind::paren)).ahead(by<1>).low) |
            (minus.low &
                (minus.ahead(by<1>).low | (behind(kind::blank, by<1>) & alpha.ahead(by<1>).low))) |
            // IBAN
            (words_ & alpha.low & alpha.ahead(by<1>).low & digit.ahead(by<2>).low &
                digit.ahead(by<3>).low);
        (places | numbers(out)).store(out.places.data() + first_);
        words_.store(out.words.data() + first_);
        auto const high = all(kind::high), two = high | high.ahead(by<1>);
        (words_ & (two | two.ahead(by<2>)).low).store(out.umlauts.data() + first_);
        find_runs(out);
        (minus.low & all(kind::letter_u).ahead(by<1>).low).store(out.options.data() + first_);
        auto const date = behind(kind::blank, by<3>) & behind(kind::digit, by<4>) &
            behind(kind::digit, by<5>) & ~behind(kind::digit, by<6>);
        (here(kind::colon) & digit.ahead(by<1>).low & behind(kind::digit, by<1>) &
            behind(kind::digit, by<2>) & (behind(kind::colon, by<3>) | date))
            .store(out.times.data() + first_);
        auto const colon = all(kind::colon), equals = all(kind::equals);
        auto const odd = (colon | equals | all(kind::slash)).ahead(by<1>).low;
        (colon.low & behind(kind::quote, by<1>) & ~odd).store(out.quoted.data() + first_);
        auto const name = before | behind(kind::underscore, by<1>) | behind(kind::minus, by<1>) |
            behind(kind::dot, by<1>);
        (equals.low & ~equals.ahead(by<1>).low & name).store(out.named.data() + first_);
        count_quotes(out);
    }

private:
    /// Two blocks in a row, for what must be asked of many characters behind a place.
    class pair {
    public:
        Lanes low, high;

        /// A bit stands where the one N places behind it stood.
        template <unsigned N>
        pair ahead(places<N> n) const noexcept
        {
            return {low.joined(high, n), high >> N};
        }
        /// The other way round.
        template <unsigned N>
        pair back(places<N>) const noexcept
        {
            return {low << N, low.joined(high, by<64 - N>)};
        }
        pair operator&(pair const& o) const noexcept { return {low & o.low, high & o.high}; }
        pair operator|(pair const& o) const noexcept { return {low | o.low, high | o.high}; }
    };

    Lanes at(kind k, std::size_t column) const noexcept
    {
        return Lanes::load(planes_.bits[index_of(k)].data() + first_ + column);
    }
    Lanes here(kind k) const noexcept { return at(k, 1); }
    Lanes after(kind k) const noexcept { return at(k, 2); }
    pair all(kind k) const noexcept { return {here(k), after(k)}; }
    /// The blocks moved up by N, so that a bit stands where the one before it stood.
    template <unsigned N>
    Lanes behind(kind k, places<N>) const noexcept
    {
        return at(k, 0).joined(here(k), by<64 - N>);
    }

    void count_quotes(bit_finds& out) noexcept;
    Lanes numbers(bit_finds& out) const noexcept;
    void find_runs(bit_finds& out) const noexcept;

    planes const& planes_;
    bool all_sevens_;
    std::size_t first_ = 0;
    std::uint64_t before_ = 0; ///< All bits, if an odd number of quotes stands before these eight.
    Lanes words_;
};

/// Of each place, whether the quotes before it are odd in number: what lies between two of them is
/// told by two bits.
template <class Lanes>
inline void bit_search<Lanes>::count_quotes(bit_finds& out) noexcept
{
    auto odd = here(kind::quote); // up to this place, with it
    odd = odd ^ (odd << 1);
    odd = odd ^ (odd << 2);
    odd = odd ^ (odd << 4);
    odd = odd ^ (odd << 8);
    odd = odd ^ (odd << 16);
    odd = odd ^ (odd << 32);
    auto* const lanes = out.odd_quotes.data() + first_;
    odd.store(lanes);
    for (std::size_t k = 0; k < planes::at_once; ++k) {
        auto const up_to = lanes[k];
        lanes[k] = (up_to << 1) ^ before_;
        before_ ^= -(up_to >> 63);
    }
}

/// Cards, telephone numbers, addresses in the first column of a log; seven digits, where those go.
template <class Lanes>
inline Lanes bit_search<Lanes>::numbers(bit_finds& out) const noexcept
{
    auto const digit = all(kind::digit);
    auto const starts = words_ & digit.low;
    auto const parts = all(kind::part);
    auto const dialled = digit | parts;
    auto const g2 = dialled & dialled.ahead(by<1>), g3 = g2 & dialled.ahead(by<2>),
               g4 = g2 & g2.ahead(by<2>);
    auto const g7 = g4 & g3.ahead(by<4>);
    (starts & g4.low & g2.ahead(by<4>).low).store(out.six.data() + first_);
    auto const lines = behind(kind::line, by<1>) & starts;
    auto const spaced = behind(kind::blank, by<1>) & starts;
    auto const opened = behind(kind::quote, by<1>) & starts; // {"log":"192.0.2.7 - - [...
    auto const six = (spaced | opened) & all(kind::colon).ahead(by<4>).low; // 2001:db8::1
    auto const worth_it = (g7.low & starts) | lines | six;
    if (!worth_it.any()) return worth_it; // far most numbers are short
    auto const d2 = digit & digit.ahead(by<1>), d3 = d2 & digit.ahead(by<2>),
               d4 = d2 & d2.ahead(by<2>);
    auto const d7 = d4 & d3.ahead(by<4>);
    // A card: groups of three digits and more up to the last, which has two.
    auto const long_groups = d3 | d3.back(by<1>) | d3.back(by<2>);
    auto const card = long_groups | (parts & long_groups.back(by<1>) & digit.ahead(by<1>));
    auto const c2 = card & card.ahead(by<1>), c4 = c2 & c2.ahead(by<2>), c8 = c4 & c4.ahead(by<4>);
    auto const cards = here(kind::issuer) & c8.low & c2.ahead(by<8>).low;
    // A telephone number: 0, or a single digit, and groups. Not in front of it: what makes it a
    // part of another number. Behind a comma three digits are none that a document has: 0.5 is.
    auto const part_of_another = behind(kind::dot, by<1>) |
        (behind(kind::listed, by<1>) & ~d3.low) | behind(kind::minus, by<1>) |
        behind(kind::underscore, by<1>) | (behind(kind::colon, by<1>) & behind(kind::digit, by<2>));
    auto const phones = (here(kind::zero) & g7.low & ~part_of_another) |
        (parts.ahead(by<1>).low & g7.low & g7.ahead(by<7>).low);
    // An address at the beginning of a line, where a year is none; one that a log names.
    auto const dot = all(kind::dot);
    auto const addresses = (lines & ~(d4.low & all(kind::minus).ahead(by<4>).low)) | six |
        ((spaced | opened) & g7.low &
            (dot.ahead(by<1>).low | dot.ahead(by<2>).low | dot.ahead(by<3>).low));
    // wa.me/..., sip:..., but not {"start_timestamp":...
    auto const called =
        behind(kind::slash, by<1>) | (behind(kind::colon, by<1>) & behind(kind::alpha, by<2>));
    auto const sevens = all_sevens_ ? d7.low : d7.low & called;
    return (cards | phones | addresses | sevens) & starts;
}

/// base64 and hex: 22 characters in a row, and among 24 a digit or capital.
template <class Lanes>
inline void bit_search<Lanes>::find_runs(bit_finds& out) const noexcept
{
    auto const mixing = all(kind::digit) | all(kind::upper);
    auto const coded = all(kind::alpha) | mixing | all(kind::minus) | all(kind::underscore) |
        all(kind::plus) | all(kind::slash);
    auto const c2 = coded & coded.ahead(by<1>), c4 = c2 & c2.ahead(by<2>), c8 = c4 & c4.ahead(by<4>);
    auto const c16 = c8 & c8.ahead(by<8>);
    auto const runs = words_ & c16.low & c16.ahead(by<6>).low;
    auto const m2 = mixing | mixing.ahead(by<1>), m4 = m2 | m2.ahead(by<2>),
               m8 = m4 | m4.ahead(by<4>);
    runs.store(out.runs.data() + first_);
    (runs & (m8 | m8.ahead(by<8>) | m8.ahead(by<16>)).low).store(out.mixed.data() + first_);
}

} // namespace trunkline::mask_detail
