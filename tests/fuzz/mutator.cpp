// Runs a fuzz target without libFuzzer: a corpus, changed at random from a seed that is printed. It
// finds less than libFuzzer does (it does not look at coverage), but needs no clang.
//
//     fuzz_NAME [--seed S] [--runs N] CORPUS-FILE-OR-FOLDER...

#include "target.hpp"

#include <trunkline/core/random.hpp>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

using trunkline::random_source;

// For the signal handler.
std::uint64_t seed = 0;
volatile std::uint64_t run = 0;

void say(char const* text)
{
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void say(std::uint64_t n)
{
    char digits[21];
    char* at = digits + 20;
    *at = '\0';
    do *--at = static_cast<char>('0' + n % 10);
    while ((n /= 10) != 0);
    say(at);
}

void on_crash(int number)
{
    say("\ncrashed at run ");
    say(run);
    say("; again with --seed ");
    say(seed);
    say("\n");
    std::signal(number, SIG_DFL);
    std::raise(number);
}

std::string read(std::filesystem::path const& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void add_corpus(std::filesystem::path const& place, std::vector<std::string>& out)
{
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(place)) {
        for (auto const& e : std::filesystem::directory_iterator(place)) files.push_back(e.path());
        std::sort(files.begin(), files.end()); // a seed means the same everywhere
    } else {
        files.push_back(place);
    }
    for (auto const& f : files) out.push_back(read(f));
}

/// Words that mean something to one of the parsers on the way.
constexpr std::string_view words[] = {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 429 x\r\n",
    "HTTP/1.0 100 \r\n", "Content-Length: 5\r\n", "Content-Length: 99999999999999999999\r\n",
    "Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n", "Retry-After: 1e308\r\n",
    "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "x-should-retry: true\r\n", "\r\n\r\n",
    "0\r\n\r\n", "ffffffffffffffff\r\n", "{\"items\":[", "],\"has_more\":true,",
    "\"pagination_key\":", "\"message\":\"", "\"version\":1e999", "-0", "1.7976931348623157e309",
    "\\ud800", "\\u0000", "null", "[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "\xff\xfe",
    "\xe2\x80\xae", "<!doctype html>"};

std::string mutated(std::string text, std::vector<std::string> const& corpus, random_source& random)
{
    constexpr std::size_t longest = 16u << 10;
    auto const place = [&] { return random.below(text.size() + 1); };
    for (auto n = 1 + random.below(6); n > 0; --n) {
        auto const at = place();
        switch (random.below(8)) {
        case 0:
            if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
            break;
        case 1: text.insert(at, 1, static_cast<char>(random.below(256))); break;
        case 2: text.erase(at, 1 + random.below(16)); break;
        case 3: text.resize(at); break;
        case 4: text.insert(at, words[random.below(std::size(words))]); break;
        case 5: text.insert(at, text.substr(place(), random.below(64))); break;
        case 6: {
            auto const& other = corpus[random.below(corpus.size())];
            text.insert(at, other.substr(random.below(other.size() + 1), random.below(256)));
            break;
        }
        default: {
            constexpr std::string_view deep[] = {"[", "{\"a\":", "9", " "};
            auto const piece = deep[random.below(std::size(deep))];
            for (auto times = random.below(1500); times > 0; --times) text.insert(at, piece);
        }
        }
        if (text.size() > longest) text.resize(longest);
    }
    return text;
}

} // namespace

int main(int argc, char** argv)
{
    seed = std::random_device{}();
    std::uint64_t runs = 20'000;
    std::vector<std::string> corpus;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == "--seed" && i + 1 < argc) seed = std::strtoull(argv[++i], nullptr, 10);
        else if (word == "--runs" && i + 1 < argc) runs = std::strtoull(argv[++i], nullptr, 10);
        else add_corpus(argv[i], corpus);
    }
    if (corpus.empty()) corpus.emplace_back();
    std::printf("seed %llu, %zu inputs to begin with, %llu runs\n",
        static_cast<unsigned long long>(seed), corpus.size(), static_cast<unsigned long long>(runs));
    std::fflush(stdout);
    for (int const s : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(s, on_crash);

    auto const try_one = [](std::string const& text) {
        LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(text.data()), text.size());
    };
    for (auto const& text : corpus) try_one(text);
    random_source random(seed);
    for (std::uint64_t n = 1; n <= runs; ++n) {
        run = n;
        auto text = corpus[random.below(corpus.size())];
        if (!text.empty() && random.below(2) == 0) text[0] = static_cast<char>(random.below(256));
        try_one(mutated(std::move(text), corpus, random));
    }
    return 0;
}
