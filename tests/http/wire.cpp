#include <http/gzip.hpp>
#include <http/wire.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace trunkline::http;
using namespace trunkline::http::wire;
using std::string;
using std::string_view;

namespace {

/// Offers the text in pieces of `step` bytes, keeping what the reader did not take, as a connection does.
template <class Reader>
string feed(Reader& reader, string_view text, std::size_t step)
{
    string pending;
    while (!text.empty() && !reader.done() && reader.trouble() == trouble::none) {
        auto const n = std::min(step, text.size());
        pending.append(text.substr(0, n));
        text.remove_prefix(n);
        pending.erase(0, reader.feed(pending));
    }
    return pending + string(text);
}

string with_gzip(string const& coded, string_view framing = "length")
{
    string head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n";
    if (framing == "length")
        return head + "Content-Length: " + std::to_string(coded.size()) + "\r\n\r\n" + coded;
    head += "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < coded.size(); i += 7) {
        auto const piece = coded.substr(i, 7);
        head += std::to_string(piece.size()) + "\r\n" + piece + "\r\n";
    }
    return head + "0\r\n\r\n";
}

struct good_row {
    string text;
    int status;
    string body;
};

std::vector<good_row> good_responses()
{
    string const long_text = string(40'000, 'a') + "end";
    return {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""},
        {"HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", 200, "x"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x"},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, ""},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, ""},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding:  Chunked "
         "\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
            200, "abc0123456789"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer: t\r\n\r\n",
            200, "x"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 "
         "No\r\nContent-Length: 2\r\n\r\n{}",
            404, "{}"},
        {with_gzip(gzip_compress(long_text)), 200, long_text},
        {with_gzip(gzip_compress(long_text), "chunked"), 200, long_text},
        {with_gzip(gzip_compress("one") + gzip_compress("") + gzip_compress("two")), 200, "onetwo"},
        {with_gzip(""), 200, ""},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", 200, "x"},
    };
}

} // namespace

TEST_CASE(
    "wire: the last chunk may come in pieces of any size, behind whatever came with its start")
{
    // Found by fuzzing: once ended the process by an assertion of the parser below.
    std::string const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::string const body :
        {"0\r\n\r\n", "2\r\n{}\r\n0\r\n\r\n", "0\r\nA: b\r\n\r\n", "0\r\n{}\r\n\r\n"})
        for (std::size_t first = 1; first <= body.size(); ++first)
            for (std::size_t piece = 1; piece < 6; ++piece) {
                response_reader reader(answers::ordinary, 1 << 20);
                auto pending = head + body.substr(0, first);
                for (auto at = first;; at += piece) {
                    pending.erase(0, reader.feed(pending));
                    if (at >= body.size()) break;
                    pending += body.substr(at, piece);
                }
                CHECK(reader.done() == (body.find("\r\n{}\r\n\r\n") == std::string::npos));
            }
}

TEST_CASE("response reader: the same answer however it is cut into pieces")
{
    for (auto const& row : good_responses())
        for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5},
                 std::size_t{64}, row.text.size()})
        {
            CAPTURE(row.text.substr(0, 80));
            CAPTURE(step);
            response_reader reader(answers::ordinary, 1 << 20);
            auto const rest = feed(reader, row.text, step);
            REQUIRE(reader.done());
            CHECK(rest.empty());
            CHECK(reader.started());
            auto const r = reader.take();
            CHECK(r.status == row.status);
            CHECK(r.body == row.body);
        }
}

TEST_CASE("response reader: cut after any byte, an answer is an error and never a shorter answer")
{
    for (auto const& row : good_responses())
        for (std::size_t n = 0; n<row.text.size(); n += row.text.size()> 200 ? 7 : 1)
            for (bool clean : {true, false}) {
                CAPTURE(row.text.substr(0, 80));
                CAPTURE(n);
                response_reader reader(answers::ordinary, 1 << 20);
                feed(reader, string_view(row.text).substr(0, n), 16);
                CHECK_FALSE(reader.done());
                reader.end_of_stream(clean);
                CHECK_FALSE(reader.done());
                CHECK(reader.trouble() == trouble::truncated);
            }
}

TEST_CASE("response reader: a body that ends with the connection needs a clean end")
{
    for (bool clean : {true, false}) {
        response_reader reader(answers::ordinary, 1 << 20);
        feed(reader, "HTTP/1.1 200 OK\r\n\r\nsome text", 4);
        CHECK_FALSE(reader.done());
        reader.end_of_stream(clean);
        CHECK(reader.done() == clean);
        if (!clean) {
            CHECK(reader.trouble() == trouble::truncated);
            continue;
        }
        CHECK_FALSE(reader.keep_alive());
        CHECK(reader.take().body == "some text");
    }
    response_reader coded(answers::ordinary, 1 << 20);
    auto const gz = gzip_compress("text");
    feed(coded, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gz.substr(0, gz.size() - 3),
        4);
    coded.end_of_stream(true);
    CHECK_FALSE(coded.done()); // clean for TCP, cut for gzip
    CHECK(coded.trouble() == trouble::bad_encoding);
}

TEST_CASE("response reader: what is not HTTP or contradicts itself is refused")
{
    auto gz = gzip_compress("some text that is long enough");
    auto broken = gz;
    broken[broken.size() / 2] ^= 0x55;
    auto bad_sum = gz;
    bad_sum[bad_sum.size() - 6] ^= 1;
    struct row {
        string text;
        wire::trouble expected;
    };
    for (row const& r : std::vector<row>{
             {"\x16\x03\x01 not http at all\r\n\r\n", trouble::malformed},
             {"SSH-2.0", trouble::malformed},
             {"X", trouble::malformed},
             {"HTTP/2.0 200 OK\r\n\r\n", trouble::malformed},
             {"HTTP/1.1 2x0 OK\r\n\r\n", trouble::malformed},
             {"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", trouble::malformed},
             {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                 trouble::malformed},
             {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", trouble::malformed},
             {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                 trouble::malformed},
             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", trouble::malformed},
             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n", trouble::malformed},
             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", trouble::malformed},
             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
                 trouble::malformed},
             {"HTTP/1.1 101 Switching\r\n\r\n", trouble::malformed},
             {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc",
                 trouble::bad_encoding},
             {with_gzip("this is no gzip text"), trouble::bad_encoding},
             {with_gzip(broken), trouble::bad_encoding},
             {with_gzip(bad_sum), trouble::bad_encoding},
             {with_gzip(gz.substr(0, gz.size() - 1)), trouble::bad_encoding},
             {with_gzip(gz + "garbage"), trouble::bad_encoding},
         })
        for (std::size_t step : {std::size_t{1}, std::size_t{4}, r.text.size()}) {
            CAPTURE(r.text);
            CAPTURE(step);
            response_reader reader(answers::ordinary, 1 << 20);
            feed(reader, r.text, step);
            CHECK_FALSE(reader.done());
            CHECK(reader.trouble() == r.expected);
            CHECK(reader.feed("HTTP/1.1 200 OK\r\n\r\n") == 0); // it stays refused
        }
}

TEST_CASE("response reader: endless interim answers come to an end")
{
    response_reader reader(answers::ordinary, 1 << 20);
    string text;
    for (int i = 0; i < 40; ++i) text += "HTTP/1.1 100 Continue\r\n\r\n";
    feed(reader, text, 100);
    CHECK(reader.trouble() == trouble::malformed);
}

TEST_CASE("response reader: the limit covers header and decoded body")
{
    auto const verdict = [](string const& text, std::size_t limit) {
        response_reader reader(answers::ordinary, limit);
        feed(reader, text, 1000);
        return reader.trouble();
    };
    string const thousand(1000, 'x');
    string const known = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"; // 18 bytes of field
    CHECK(verdict(known + thousand, 1018) == trouble::none);
    CHECK(verdict(known + thousand, 1017) == trouble::body_too_large);
    CHECK(verdict(known, 1017) == trouble::body_too_large); // before any of it came
    string const chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + thousand + "\r\n0\r\n\r\n";
    CHECK(verdict(chunked, 1024) == trouble::none);
    CHECK(verdict(chunked, 1023) == trouble::body_too_large);
    CHECK(verdict("HTTP/1.1 200 OK\r\n\r\n" + thousand, 999) == trouble::body_too_large);
    CHECK(verdict("HTTP/1.1 200 OK\r\nX: " + thousand + "\r\n\r\n", 500) ==
        trouble::header_too_large);
    CHECK(verdict("HTTP/1.1 200 OK\r\nX: " + string(100'000, 'x'), 1 << 20) ==
        trouble::header_too_large);
    CHECK(verdict("HTTP/1.1 200 " + string(100'000, 'x'), 1 << 20) == trouble::header_too_large);
}

TEST_CASE("response reader: a gzip bomb is stopped at the limit")
{
    auto const bomb = gzip_compress(string(50u << 20, '\0'));
    REQUIRE(bomb.size() < 400'000);
    response_reader reader(answers::ordinary, 1 << 20);
    feed(reader, with_gzip(bomb), 16'384);
    CHECK(reader.trouble() == trouble::body_too_large);
    CHECK(reader.take().body.size() <= (1u << 20)); // what was kept of it
}

TEST_CASE("gzip reader: the limit is exact")
{
    auto const coded = gzip_compress(string(100'000, 'y'));
    for (std::size_t limit : {std::size_t{0}, std::size_t{99'999}, std::size_t{100'000}}) {
        gzip_reader reader;
        string out;
        auto const status = reader.feed(coded, out, limit);
        CHECK((status == gzip_reader::status::ok) == (limit == 100'000));
        CHECK(out.size() <= limit);
    }
}

TEST_CASE("response reader: answers to HEAD and CONNECT have no body")
{
    response_reader head(answers::head, 1 << 20);
    CHECK(feed(head, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Encoding: gzip\r\n\r\n", 9)
              .empty());
    CHECK(head.done());
    CHECK(head.keep_alive());
    response_reader connect(answers::connect, 1 << 20);
    CHECK(feed(connect, "HTTP/1.1 200 Connection established\r\n\r\n", 9).empty());
    CHECK(connect.done());
}

TEST_CASE("request reader: methods, raw targets and bodies in any pieces")
{
    string const text = "PATCH /a%2fb/../+49?x=%20+ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                        "chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";
    for (std::size_t step = 1; step <= text.size(); ++step) {
        request_reader reader(4096, 4096);
        CHECK(feed(reader, text, step).empty());
        REQUIRE(reader.done());
        CHECK(reader.keep_alive());
        auto const r = reader.take();
        CHECK(r.method == "PATCH");
        CHECK(r.target == "/a%2fb/../+49?x=%20+");
        CHECK(r.body == "body");
    }
}

TEST_CASE("request reader: limits and malformed requests")
{
    auto const verdict = [](string const& text) {
        request_reader reader(1000, 100);
        feed(reader, text, 50);
        return reader.trouble();
    };
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\r\n\r\n") == trouble::none);
    CHECK(verdict("GET / HTTP/1.0\r\n\r\n") == trouble::none);
    CHECK(verdict("GET / HTTP/1.1\r\n\r\n") == trouble::malformed); // no Host
    CHECK(verdict("GET /\r\n\r\n") == trouble::malformed);
    CHECK(verdict("G\x01T / HTTP/1.1\r\nHost: h\r\n\r\n") == trouble::malformed);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: h\r\nX: " + string(1000, 'x') + "\r\n\r\n") ==
        trouble::header_too_large);
    CHECK(verdict("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + string(100, 'x')) ==
        trouble::none);
    CHECK(verdict("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n") ==
        trouble::body_too_large);
    CHECK(verdict("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
              string(101, 'x')) == trouble::body_too_large);
    CHECK(verdict("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n") == trouble::malformed); // request smuggling
}

TEST_CASE("requests: what would forge a second request is not written")
{
    request r;
    CHECK(check(r).empty());
    auto const refused = [](auto change) {
        request bad;
        change(bad);
        return !check(bad).empty();
    };
    CHECK(refused([](request& b) { b.method = "GET / HTTP/1.1\r\nX:"; }));
    CHECK(refused([](request& b) { b.method = ""; }));
    CHECK(refused([](request& b) { b.method = "CONNECT"; }));
    CHECK(refused([](request& b) { b.target = ""; }));
    CHECK(refused([](request& b) { b.target = "http://other/"; }));
    CHECK(refused([](request& b) { b.target = "/a b"; }));
    CHECK(refused([](request& b) { b.target = "/a\r\nX: y"; }));
    CHECK(refused([](request& b) { b.headers.add("X", "a\r\nY: b"); }));
    CHECK(refused([](request& b) { b.headers.add("X", string("a\0b", 3)); }));
    CHECK(refused([](request& b) { b.headers.add("X Y", "a"); }));
    CHECK(refused([](request& b) { b.headers.add("", "a"); }));
}

TEST_CASE("requests: framing fields are the transport's, defaults yield to the caller's")
{
    request r;
    r.method = "POST";
    r.headers.add("Content-Length", "7");
    r.headers.add("Host", "evil");
    r.headers.add("user-agent", "mine");
    headers defaults;
    defaults.add("User-Agent", "default");
    defaults.add("Accept-Encoding", "gzip");
    CHECK(request_head(r, "/x", "h:1", defaults) ==
        "POST /x HTTP/1.1\r\nHost: h:1\r\nAccept-Encoding: gzip\r\nuser-agent: "
        "mine\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("accept-encoding: gzip by name, not when its weight is zero")
{
    for (auto const* yes :
        {"gzip", "GZIP", "deflate, gzip", "br;q=1.0, gzip;q=0.5", "gzip; q=0.001"})
        CHECK(accepts_gzip(yes));
    for (auto const* no : {"", "identity", "gzip;q=0", "gzip; q=0.000", "xgzip", "br"})
        CHECK_FALSE(accepts_gzip(no));
}

TEST_CASE("date: in the only form HTTP allows to send")
{
    CHECK(date_text(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
