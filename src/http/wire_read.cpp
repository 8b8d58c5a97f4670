#include <http/ascii.hpp>
#include <http/gzip.hpp>
#include <http/wire.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <optional>

namespace trunkline::http::wire {
namespace {

namespace beast = boost::beast;
using beast::http::field;

std::string_view view(beast::string_view text) noexcept
{
    return {text.data(), text.size()};
}

/// What the parsers of both directions share: fields, body, limits and the translation of errors.
template <bool IsRequest>
class parser : public beast::http::basic_parser<IsRequest> {
public:
    using base = beast::http::basic_parser<IsRequest>;

    parser(std::size_t max_header, std::size_t max_body) : max_body_(max_body)
    {
        base::eager(true);
        base::header_limit(
            static_cast<std::uint32_t>(std::min<std::size_t>(max_header, UINT32_MAX)));
        base::body_limit(boost::none); // counted here, after decoding
    }

    std::size_t feed(std::string_view bytes)
    {
        if (trouble_ != trouble::none || base::is_done() || bytes.empty()) return 0;
        // Beast 1.81 asserts when it is asked again about a last chunk of which fewer than 5 bytes
        // ("0\r\n\r\n") are there; no chunk header that follows can be shorter, so waiting loses nothing.
        if (waits_for_chunk_ && bytes.size() < 5) return 0;
        beast::error_code ec;
        auto const used = base::put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
        waits_for_chunk_ = false;
        if (ec == beast::http::error::need_more)
            waits_for_chunk_ = base::is_header_done() && base::chunked();
        else if (ec) fail(ec);
        return used;
    }

    wire::trouble trouble_ = wire::trouble::none;
    bool head_done_ = false;
    http::headers fields_;
    std::string body_;

protected:
    void fail(beast::error_code ec)
    {
        if (trouble_ != trouble::none) return; // set by a callback, more precise
        if (ec == beast::http::error::header_limit) trouble_ = trouble::header_too_large;
        else if (ec == beast::http::error::body_limit) trouble_ = trouble::body_too_large;
        else if (ec == beast::http::error::partial_message) trouble_ = trouble::truncated;
        else trouble_ = trouble::malformed;
    }
    /// Stops the parser from inside a callback.
    void refuse(wire::trouble t, beast::error_code& ec)
    {
        trouble_ = t;
        ec = beast::http::error::bad_value;
    }

    virtual void on_head(beast::error_code& ec) = 0;
    virtual void on_data(std::string_view data, beast::error_code& ec)
    {
        if (data.size() > max_body_ - std::min(max_body_, body_.size()))
            return refuse(trouble::body_too_large, ec);
        body_.append(data);
    }
    virtual void on_end(beast::error_code&) {}

    std::size_t max_body_;

private:
    void on_request_impl(
        beast::http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override
    {}
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_field_impl(
        field, beast::string_view name, beast::string_view value, beast::error_code&) override
    {
        if (!head_done_) fields_.add(view(name), std::string(view(value))); // trailers are dropped
    }
    void on_header_impl(beast::error_code& ec) override
    {
        head_done_ = true;
        // Any other coding than "chunked" alone would hand the caller a body it cannot read.
        if (fields_.contains("Transfer-Encoding") &&
            !ascii::equals(ascii::trim(fields_.get("Transfer-Encoding")), "chunked"))
            return refuse(trouble::malformed, ec);
        on_head(ec);
    }
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, beast::error_code&) override
    {
        // A promise of the peer is no reason to allocate much.
        if (length)
            body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, 1u << 20)));
    }
    std::size_t on_body_impl(beast::string_view data, beast::error_code& ec) override
    {
        on_data(view(data), ec);
        return data.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(
        std::uint64_t, beast::string_view data, beast::error_code& ec) override
    {
        on_data(view(data), ec);
        return data.size();
    }
    void on_finish_impl(beast::error_code& ec) override { on_end(ec); }

    bool waits_for_chunk_ = false;
};

class response_parser final : public parser<false> {
public:
    response_parser(answers kind, std::size_t max_bytes)
        : parser(std::min(max_bytes, max_header_bytes), max_bytes), kind_(kind)
    {
        // Behind a 2xx to CONNECT the tunnel begins, and of a refusal only the status matters.
        if (kind != answers::ordinary) base::skip(true);
    }

    /// Before it asks the parser, which waits for a whole line, it looks whether this can become
    /// HTTP: another protocol's greeting ("SSH-2.0-...") may never be followed by more.
    std::size_t feed(std::string_view bytes)
    {
        constexpr std::string_view start = "HTTP/";
        if (status_ == 0 && bytes.substr(0, start.size()) != start.substr(0, bytes.size()))
            trouble_ = trouble::malformed;
        return parser::feed(bytes);
    }

    int status_ = 0;

private:
    void on_response_impl(int code, beast::string_view, int, beast::error_code&) override
    {
        status_ = code;
    }

    void on_head(beast::error_code& ec) override
    {
        std::size_t header_size = 0;
        for (auto const& [name, value] : fields_.all()) header_size += name.size() + value.size();
        max_body_ -= std::min(max_body_, header_size);
        if (kind_ != answers::ordinary || !allows_body(status_)) return;
        if (auto const length = base::content_length(); length && *length > max_body_)
            return refuse(trouble::body_too_large, ec);
        auto const encoding = fields_.get("Content-Encoding");
        if (ascii::equals(encoding, "gzip") || ascii::equals(encoding, "x-gzip")) gzip_.emplace();
        else if (!encoding.empty() && !ascii::equals(encoding, "identity"))
            refuse(trouble::bad_encoding, ec);
    }
    void on_data(std::string_view data, beast::error_code& ec) override
    {
        if (!gzip_) return parser::on_data(data, ec);
        switch (gzip_->feed(data, body_, max_body_)) {
        case gzip_reader::status::ok: break;
        case gzip_reader::status::bad_data: refuse(trouble::bad_encoding, ec); break;
        case gzip_reader::status::too_large: refuse(trouble::body_too_large, ec); break;
        }
    }
    void on_end(beast::error_code& ec) override
    {
        if (!gzip_) return;
        if (!gzip_->finished()) return refuse(trouble::bad_encoding, ec);
        fields_.erase("Content-Encoding"); // they describe the coded body, which nobody sees
        fields_.erase("Content-Length");
    }

    answers kind_;
    std::optional<gzip_reader> gzip_;
};

class request_parser final : public parser<true> {
public:
    using parser::parser;

    std::string method_;
    std::string target_;
    int version_ = 11;

private:
    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
        int version, beast::error_code&) override
    {
        method_ = view(method);
        target_ = view(target);
        version_ = version;
    }
    void on_head(beast::error_code& ec) override
    {
        if (version_ > 10 && !fields_.contains("Host")) return refuse(trouble::malformed, ec);
        if (auto const length = base::content_length(); length && *length > max_body_)
            refuse(trouble::body_too_large, ec);
    }
};

} // namespace

std::string_view describe(trouble t) noexcept
{
    switch (t) {
    case trouble::none: return "nothing is wrong";
    case trouble::malformed: return "the message is not valid HTTP/1.1";
    case trouble::truncated: return "the message was cut short";
    case trouble::header_too_large: return "the header exceeds the size limit";
    case trouble::body_too_large: return "the body exceeds the size limit";
    case trouble::bad_encoding: return "the content encoding is unknown or damaged";
    }
    return {};
}

class response_reader::impl {
public:
    impl(answers k, std::size_t max) : kind(k), max_bytes(max) { parser.emplace(k, max); }

    /// An interim response is thrown away; the real one follows.
    void skip_interim()
    {
        if (!parser->is_done() || parser->status_ / 100 != 1) return;
        if (parser->status_ == 101 || ++interim > 16) {
            parser->trouble_ = wire::trouble::malformed; // nobody asked for another protocol
            return;
        }
        parser.emplace(kind, max_bytes);
    }

    answers kind;
    std::size_t max_bytes;
    std::optional<response_parser> parser;
    unsigned interim = 0;
    bool started = false;
};

response_reader::response_reader(answers kind, std::size_t max_bytes)
    : impl_(std::make_unique<impl>(kind, max_bytes))
{}
response_reader::~response_reader() = default;
response_reader::response_reader(response_reader&&) noexcept = default;
response_reader& response_reader::operator=(response_reader&&) noexcept = default;

std::size_t response_reader::feed(std::string_view bytes)
{
    auto& self = *impl_;
    std::size_t total = 0;
    while (total < bytes.size()) {
        auto const used = self.parser->feed(bytes.substr(total));
        total += used;
        auto const before = self.interim;
        self.skip_interim();
        if (used == 0 || self.interim == before) break;
    }
    self.started = self.started || !bytes.empty();
    return total;
}

void response_reader::end_of_stream(bool clean)
{
    auto& p = *impl_->parser;
    if (done() || p.trouble_ != wire::trouble::none) return;
    beast::error_code ec;
    if (clean && p.got_some()) p.put_eof(ec);
    if (ec || !p.is_done()) {
        if (p.trouble_ == wire::trouble::none) p.trouble_ = wire::trouble::truncated;
    }
}

bool response_reader::done() const noexcept
{
    auto const& p = *impl_->parser;
    return p.is_done() && p.trouble_ == wire::trouble::none;
}
wire::trouble response_reader::trouble() const noexcept
{
    return impl_->parser->trouble_;
}
bool response_reader::started() const noexcept
{
    return impl_->started;
}
bool response_reader::keep_alive() const noexcept
{
    return impl_->parser->keep_alive();
}
response response_reader::take()
{
    auto& p = *impl_->parser;
    response out;
    out.status = p.status_;
    out.headers = std::move(p.fields_);
    out.body = std::move(p.body_);
    return out;
}
response response_reader::take_head()
{
    auto& p = *impl_->parser;
    response out;
    if (!p.head_done_ || p.status_ / 100 == 1) return out;
    out.status = p.status_;
    out.headers = std::move(p.fields_);
    return out;
}

class request_reader::impl {
public:
    impl(std::size_t max_header, std::size_t max_body) : parser(max_header, max_body) {}
    request_parser parser;
};

request_reader::request_reader(std::size_t max_header, std::size_t max_body)
    : impl_(std::make_unique<impl>(max_header, max_body))
{}
request_reader::~request_reader() = default;
request_reader::request_reader(request_reader&&) noexcept = default;
request_reader& request_reader::operator=(request_reader&&) noexcept = default;

std::size_t request_reader::feed(std::string_view bytes)
{
    return impl_->parser.feed(bytes);
}
bool request_reader::done() const noexcept
{
    return impl_->parser.is_done() && impl_->parser.trouble_ == wire::trouble::none;
}
wire::trouble request_reader::trouble() const noexcept
{
    return impl_->parser.trouble_;
}
bool request_reader::started() const noexcept
{
    return impl_->parser.got_some();
}
bool request_reader::keep_alive() const noexcept
{
    return impl_->parser.keep_alive();
}
bool request_reader::expects_continue() const noexcept
{
    auto const& p = impl_->parser;
    return p.is_header_done() && !p.is_done() && p.trouble_ == wire::trouble::none &&
        p.body_.empty() && ascii::equals(p.fields_.get("Expect"), "100-continue");
}
bool request_reader::is_http_1_0() const noexcept
{
    return impl_->parser.version_ == 10;
}
request request_reader::take()
{
    auto& p = impl_->parser;
    request out;
    out.method = std::move(p.method_);
    out.target = std::move(p.target_);
    out.headers = std::move(p.fields_);
    out.body = std::move(p.body_);
    return out;
}

} // namespace trunkline::http::wire
