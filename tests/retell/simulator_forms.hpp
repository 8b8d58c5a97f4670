#pragma once

#include "simulator_support.hpp"

namespace trunkline::retell {

/// A multipart body, part by part.
class test_form {
public:
    test_form& field(std::string_view name, std::string_view value)
    {
        return part("name=\"" + std::string(name) + '"', {}, value);
    }
    test_form& file(std::string_view name, std::string_view file_name, std::string_view content)
    {
        return part("name=\"" + std::string(name) + "\"; filename=\"" + std::string(file_name) + '"',
            "Content-Type: text/plain\r\n", content);
    }
    test_form& part(
        std::string_view parameters, std::string_view more_headers, std::string_view content)
    {
        text_ += "--XX\r\nContent-Disposition: form-data; ";
        text_ += parameters;
        text_ += "\r\n";
        text_ += more_headers;
        text_ += "\r\n";
        text_ += content;
        text_ += "\r\n";
        return *this;
    }
    std::string text() const { return text_ + "--XX--\r\n"; }
    static constexpr char const* content_type = "multipart/form-data; boundary=XX";

private:
    std::string text_;
};

inline http::reply send_form(simulated_account& account, std::string_view target, std::string body,
    std::string content_type = test_form::content_type)
{
    http::request r;
    r.method = "POST";
    r.target = target;
    r.headers.set("Authorization", "Bearer k");
    if (!content_type.empty()) r.headers.set("Content-Type", std::move(content_type));
    r.body = std::move(body);
    return account.sim.handle(r);
}

/// The JSON of an answer that must have this status.
inline json::value expect_form(
    simulated_account& account, int status, std::string_view target, test_form const& form)
{
    auto const reply = send_form(account, target, form.text());
    INFO(reply.body);
    REQUIRE(reply.status == status);
    return json::parse(reply.body);
}

} // namespace trunkline::retell
