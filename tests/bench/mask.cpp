/// How fast the masker is, against memcpy over the same bytes in the same run: call documents,
/// documents without secrets, logs, and inputs made to be slow. Where there is RE2, beside it ten
/// patterns as a program without a masker would have them.
///
///     bench_mask [FOLDER]
///
/// FOLDER, or $TRUNKLINE_BENCH_INPUTS: where the inputs and patterns are written for
/// peers_mask.{mjs,php}.

#include "mask_inputs.hpp"

#include <trunkline/mask/masker.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#if BENCH_RE2
#include <re2/re2.h>
#include <re2/set.h>
#endif

namespace {

using namespace trunkline;
using bench_mask::input;

volatile std::size_t sink = 0;

void keep(std::size_t v)
{
    sink = sink + v;
}

/// Of this process, so far.
double processor_seconds()
{
    std::timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// Processor seconds of one run: the best of those that fit into about a third of a second. Short
/// ones are repeated for a quarter to half of a millisecond: the system's clock interrupts once in
/// a millisecond or four, which takes tens of microseconds on a virtual machine and counts as ours.
template <class Work>
double seconds(Work const& work)
{
    using clock = std::chrono::steady_clock;
    constexpr double long_enough = 0.00025;
    auto const end = clock::now() + std::chrono::milliseconds(350);
    double best = 1e9;
    std::size_t repeat = 1;
    for (int runs = 0; runs < 3 || clock::now() < end; ++runs) {
        auto const begin = processor_seconds();
        for (std::size_t k = 0; k < repeat; ++k) work();
        auto const took = processor_seconds() - begin;
        if (took < long_enough && repeat < 1'000'000) {
            repeat *= 2; // reading the clock takes a while
            continue;
        }
        best = std::min(best, took / static_cast<double>(repeat));
    }
    return best;
}

double speed(input const& in, double took)
{
    return static_cast<double>(in.text.size()) / 1e6 / took;
}

/// Returns MB/s.
double report(masker const& m, input const& in)
{
    std::string copy(in.text.size(), ' ');
    std::uint64_t found = 0;
    auto const masking = seconds([&] {
        auto const r = m.mask(in.text, mask_zone::log);
        found = r.counts.total();
        keep(r.output.size());
    });
    auto const copying = seconds([&] {
        std::memcpy(copy.data(), in.text.data(), in.text.size());
        keep(static_cast<unsigned char>(copy[copy.size() / 2]));
    });
    std::printf("%-28s %9zu bytes %7llu found %9.0f MB/s   1/%.1f of memcpy", in.name.c_str(),
        in.text.size(), static_cast<unsigned long long>(found), speed(in, masking),
        masking / copying);
    if (in.target > 0)
        std::printf("   target %.0f MB/s: %s", in.target,
            speed(in, masking) >= in.target ? "reached" : "MISSED");
    if (in.name.starts_with("hostile")) { // twice the bytes must not cost more than 2.2 times
        auto const twice = in.text + in.text;
        auto const both = seconds([&] { keep(m.mask(twice, mask_zone::log).output.size()); });
        std::printf("   twice: %.2f", both / masking);
    }
    std::printf("\n");
    return speed(in, masking);
}

/// For the peers: each input as a file, what they are called, and the patterns.
void write(std::filesystem::path const& folder, std::vector<input> const& inputs)
{
    std::filesystem::create_directories(folder);
    std::ofstream names(folder / "inputs.tsv"), patterns(folder / "patterns.tsv");
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        auto const file = std::to_string(k) + ".txt";
        std::ofstream(folder / file, std::ios::binary) << inputs[k].text;
        names << file << '\t' << inputs[k].name << '\n';
    }
    for (auto const& p : bench_mask::patterns)
        patterns << p.replacement << '\t' << p.expression << '\n';
}

#if BENCH_RE2
/// The same patterns with RE2: all of them one after the other, and as a set that says which of
/// them need be run.
class with_re2 {
public:
    with_re2() : set_(options(), re2::RE2::UNANCHORED)
    {
        for (auto const& p : bench_mask::patterns) {
            each_.push_back(std::make_unique<re2::RE2>(text(p.expression), options()));
            set_.Add(text(p.expression), nullptr);
        }
        set_.Compile();
    }
    void report(input const& in, double ours) const
    {
        std::vector<int> which;
        show("RE2 set, which patterns", in, ours, [&] { keep(set_.Match(in.text, &which)); });
        show("RE2 set, replace", in, ours, [&] {
            set_.Match(in.text, &which);
            auto out = in.text;
            for (auto const k : which) replace(out, static_cast<std::size_t>(k));
            keep(out.size());
        });
        show("RE2 replace", in, ours, [&] {
            auto out = in.text;
            for (std::size_t k = 0; k < each_.size(); ++k) replace(out, k);
            keep(out.size());
        });
    }

private:
    static re2::RE2::Options options()
    {
        re2::RE2::Options o(re2::RE2::Latin1);
        o.set_max_mem(256 << 20);
        o.set_log_errors(false);
        return o;
    }
    static re2::StringPiece text(std::string_view s) { return {s.data(), s.size()}; }
    void replace(std::string& out, std::size_t k) const
    {
        re2::RE2::GlobalReplace(&out, *each_[k], text(bench_mask::patterns[k].replacement));
    }
    template <class Work>
    static void show(char const* what, input const& in, double ours, Work const& work)
    {
        auto const theirs = speed(in, seconds(work));
        std::printf("%-24s %-28s %9.1f MB/s   1/%.1f of ours\n", what, in.name.c_str(), theirs,
            ours / theirs);
    }

    std::vector<std::unique_ptr<re2::RE2>> each_;
    re2::RE2::Set set_;
};
#endif

} // namespace

int main(int argc, char** argv)
{
    auto const inputs = bench_mask::inputs();
    auto const* const folder = argc > 1 ? argv[1] : std::getenv("TRUNKLINE_BENCH_INPUTS");
    if (folder) write(folder, inputs);
    masker const m;
    std::vector<double> ours;
    for (auto const& in : inputs) ours.push_back(report(m, in));
#if BENCH_RE2
    with_re2 const peer;
    for (std::size_t k = 0; k < inputs.size(); ++k) peer.report(inputs[k], ours[k]);
#endif
}
