/// What a masker is used for, for the compiler to count what it does (cmake/profile.cmake): calls,
/// agents and logs of every notation, in every zone. No benchmark masks any of these.

#include "documents.hpp"

#include <trunkline/mask/masker.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace trunkline;

/// Most of what is masked is going to be logged.
constexpr mask_zone zones[] = {mask_zone::log, mask_zone::error, mask_zone::log, mask_zone::api,
    mask_zone::log, mask_zone::webhook_out, mask_zone::log, mask_zone::export_,
    mask_zone::transcript};

/// How many values went, and a digest of what came out: builds must agree.
class outcome {
public:
    std::uint64_t found = 0, digest = 0xcbf29ce484222325;

    void add(masker const& m, std::string_view text, mask_zone zone)
    {
        auto const r = m.mask(text, zone);
        found += r.counts.total();
        for (unsigned char const c : r.text(text)) digest = (digest ^ c) * 0x100000001b3;
    }
};

outcome mask_all(std::vector<std::vector<std::string>> const& texts)
{
    constexpr int times = 4;
    masker const m;
    outcome all;
    for (int n = 0; n < times; ++n)
        for (auto const zone : zones)
            for (auto const& of_a_kind : texts)
                for (auto const& t : of_a_kind) all.add(m, t, zone);
    return all;
}

} // namespace

int main()
{
    mask_training::dice d;
    std::vector<std::string> calls, agents, logs;
    for (int n = 0; n < 40; ++n) calls.push_back(mask_training::call(d));
    for (int n = 0; n < 10; ++n) agents.push_back(mask_training::agent(d));
    for (int n = 0; n < 200; ++n) logs.push_back(mask_training::line(d));
    std::string all;
    for (auto const& l : logs) all += l + '\n';
    logs.push_back(all);
    auto const r = mask_all({calls, agents, logs});
    std::printf("%llu values masked, digest %016llx\n", static_cast<unsigned long long>(r.found),
        static_cast<unsigned long long>(r.digest));
    return r.found != 0 ? 0 : 1;
}
