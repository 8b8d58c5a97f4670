#include <redis/reply_parser.hpp>

#include <trunkline/core/random.hpp>
#include <trunkline/redis/command.hpp>

#include <doctest/doctest.h>

namespace trunkline::redis {
namespace {

std::string shape(reply const& r)
{
    switch (r.kind) {
    case reply::type::nil: return "nil";
    case reply::type::string: return "'" + r.text + "'";
    case reply::type::status: return "+" + r.text;
    case reply::type::error: return "-" + r.text;
    case reply::type::integer: return std::to_string(r.number);
    case reply::type::array: break;
    }
    std::string out = "[";
    for (auto const& e : r.elements) out += (out.size() > 1 ? " " : "") + shape(e);
    return out + "]";
}

constexpr char several[] = "+OK\r\n-ERR no\r\n:-9223372036854775808\r\n$3\r\na\0b\r\n$-1\r\n*-1\r\n"
                           "*0\r\n*3\r\n:1\r\n*2\r\n$0\r\n\r\n+x\r\n$-1\r\n";
constexpr char their_shapes[] =
    "+OK\n-ERR no\n-9223372036854775808\n'a\0b'\nnil\nnil\n[]\n[1 ['' +x] nil]\n";

} // namespace

TEST_CASE("redis parser: every type, whole or byte by byte")
{
    std::string const bytes(several, sizeof several - 1);
    for (std::size_t const piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
        reply_parser p(1 << 20);
        std::string seen;
        reply r;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            p.feed(std::string_view(bytes).substr(at, piece));
            while (p.next(r)) seen += shape(r) + "\n";
        }
        CHECK(p.trouble() == errc{});
        CHECK(seen == std::string(their_shapes, sizeof their_shapes - 1));
    }
}

TEST_CASE("redis parser: what is not RESP is a protocol error, and stays one")
{
    for (std::string const bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n", "*x\r\n", ":1x\r\n",
             "$-5\r\n", "*4294967297\r\n", "*-7\r\n", "$99999999999999999999\r\n",
             "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
             "%1\r\n+a\r\n+b\r\n"})
    {
        CAPTURE(bytes);
        reply_parser p(1 << 20);
        reply r;
        p.feed(bytes);
        CHECK_FALSE(p.next(r));
        CHECK(p.trouble() == errc::protocol_error);
        p.feed("+OK\r\n");
        CHECK_FALSE(p.next(r));
    }
}

TEST_CASE("redis parser: a reply takes no more memory than allowed, whatever it claims")
{
    reply r;
    SUBCASE("a bulk string that never ends")
    {
        reply_parser p(10'000);
        p.feed("$1000000000000\r\n");
        CHECK_FALSE(p.next(r));
        CHECK(p.trouble() == errc{}); // a claim costs nothing
        for (int i = 0; i < 11; ++i) p.feed(std::string(1000, 'x')), p.next(r);
        CHECK(p.trouble() == errc::too_large);
    }
    SUBCASE("a line that never ends")
    {
        reply_parser p(10'000);
        for (int i = 0; i < 11; ++i) p.feed(std::string(1000, '+')), p.next(r);
        CHECK(p.trouble() == errc::too_large);
    }
    SUBCASE("many small elements")
    {
        reply_parser p(10'000);
        p.feed("*2000000000\r\n");
        for (int i = 0; i < 1000; ++i) p.feed(":1\r\n"), p.next(r);
        CHECK(p.trouble() == errc::too_large);
    }
    SUBCASE("but many replies may pass one after the other")
    {
        reply_parser p(10'000);
        for (int i = 0; i < 100; ++i) {
            p.feed("$5000\r\n" + std::string(5000, 'x') + "\r\n");
            REQUIRE(p.next(r));
        }
    }
}

TEST_CASE("redis parser: random bytes never crash it")
{
    std::uint64_t const seed = 20261130;
    CAPTURE(seed);
    random_source random(seed);
    std::string_view const alphabet("+-:$*0123456789\r\nab", 19);
    for (int round = 0; round < 3000; ++round) {
        reply_parser p(4096);
        reply r;
        for (int i = 0; i < 10; ++i) {
            std::string piece;
            for (auto n = random.below(30); n > 0; --n) {
                piece += alphabet[random.below(alphabet.size())];
                if (random.below(3) == 0) piece += "\r\n";
            }
            p.feed(piece);
            while (p.next(r)) {
            }
        }
    }
}

TEST_CASE("redis command: arguments of any bytes")
{
    command c{"SET", std::string_view("k\r\n", 3), ""};
    c.add(std::int64_t{-7});
    CHECK(c.name() == "SET");
    CHECK(c.wire() == "*4\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n$2\r\n-7\r\n");
}

} // namespace trunkline::redis
