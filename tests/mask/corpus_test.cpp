#include "mask/corpus.hpp"

#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <map>

namespace {

using namespace corpus;
using trunkline::mask_zone;
using trunkline::masker;

class score {
public:
    std::size_t lines = 0, missed = 0, damaged = 0;
    double recall() const
    {
        return lines == 0 ? 1 : 1 - static_cast<double>(missed) / static_cast<double>(lines);
    }
};

/// TRUNKLINE_CORPUS_SHOW=1 prints every miss.
bool shows()
{
    static bool const on = std::getenv("TRUNKLINE_CORPUS_SHOW") != nullptr;
    return on;
}

} // namespace

TEST_CASE("masker: recall by type, nothing damaged, clean lines untouched, on fresh seeds")
{
    masker const m;
    char const* const chosen = std::getenv("TRUNKLINE_CORPUS_SEED");
    std::uint64_t const first = chosen ? std::strtoull(chosen, nullptr, 10) : 1;
    for (auto seed = first; seed < first + (chosen ? 1 : 3); ++seed) {
        CAPTURE(seed);
        std::map<tier, score> tiers;
        std::map<std::string, score> types;
        auto const lines = positives(seed);
        for (auto const& l : lines) {
            auto const text = l.text();
            auto const r = m.mask(text, mask_zone::log);
            auto const out = std::string(r.text(text));
            bool const framed = out.starts_with(l.before) && out.ends_with(l.after) &&
                out.size() >= l.before.size() + l.after.size();
            auto const middle = framed
                ? out.substr(l.before.size(), out.size() - l.before.size() - l.after.size())
                : out;
            bool const missed = leaks(l, middle);
            auto& t = tiers[l.tier];
            auto& k = types[l.type];
            ++t.lines, ++k.lines;
            t.missed += missed, k.missed += missed;
            t.damaged += !framed, k.damaged += !framed;
            if (shows() && (missed || !framed))
                std::cout << (missed ? "LEAK " : "") << (framed ? "" : "DAMAGE ") << l.type
                          << "\n  in  " << text << "\n  out " << out << "\n";
        }
        std::size_t touched = 0;
        auto const clean = cleans(seed);
        for (auto const& l : clean) {
            auto const r = m.mask(l.before, mask_zone::log);
            touched += !r.unchanged();
            if (shows() && !r.unchanged())
                std::cout << "TOUCHED\n  in  " << l.before << "\n  out " << r.output << "\n";
        }
        std::cout << "corpus seed " << seed << ": " << lines.size() << " labelled, recall ordinary "
                  << tiers[tier::ordinary].recall() << " evasion " << tiers[tier::evasion].recall()
                  << " hard " << tiers[tier::hard].recall() << ", damaged "
                  << tiers[tier::ordinary].damaged + tiers[tier::evasion].damaged +
                tiers[tier::hard].damaged
                  << "; " << clean.size() << " clean, touched " << touched << "\n";
        if (shows())
            for (auto const& [type, s] : types)
                std::cout << type << " " << s.lines << " missed " << s.missed << " damaged "
                          << s.damaged << "\n";
        CHECK(lines.size() >= 2000);
        CHECK(clean.size() >= 1000);
        CHECK(types.size() >= 40);
        CHECK(tiers[tier::ordinary].recall() >= 0.995);
        CHECK(tiers[tier::evasion].recall() >= 0.98);
        CHECK(tiers[tier::hard].recall() >= 0.80);
        CHECK(tiers[tier::ordinary].damaged + tiers[tier::evasion].damaged +
                tiers[tier::hard].damaged ==
            0);
        CHECK(static_cast<double>(touched) <= 0.003 * static_cast<double>(clean.size()));
        for (auto const& [type, s] : types) {
            CAPTURE(type);
            CHECK(s.recall() >= 0.97);
        }
    }
}
