// Keys that stand elsewhere than before their value.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::log_of;
using mask_test::masked;
using mask_test::streamed;

TEST_CASE("masker: the head of a table is the key of what stands below, however far")
{
    std::string table = "call_id,customer_name,password,note\n", expected = table;
    for (int n = 0; n < 3'000; ++n) {
        auto const id = "call_" + std::to_string(n);
        table.append(id).append(",\"Berg, Anna\",hunter2x,\"said \"\"hi\"\", left\"\n");
        expected.append(id).append(",\"[PERSON_NAME]\",[PASSWORD],\"said \"\"hi\"\", left\"\n");
    }
    masker const m;
    CHECK((masked(m, table, mask_zone::log) == expected));
    CHECK((streamed(m, table, mask_zone::log, {1, 30, 50, 5'000, 90'000}) == expected));
    CHECK((masked(m, expected, mask_zone::log) == expected));
    // Behind an empty line the table has ended.
    CHECK(log_of("a,password\n1,hunter2x\n\n2,hunter3x\n") ==
        "a,password\n1,[PASSWORD]\n\n2,hunter3x\n");
    // A row of another width is no reason to stop.
    CHECK(log_of("a;password\n1;hunter2x\n1;hunter4x;9\n2\n3;hunter3x\n") ==
        "a;password\n1;[PASSWORD]\n1;[PASSWORD];9\n2\n3;[PASSWORD]\n");
    // A text that merely begins with a list is none.
    CHECK(log_of("Name, Telefon, Adresse\nAnna, Ben, Carl") ==
        "Name, Telefon, Adresse\nAnna, Ben, Carl");
}

TEST_CASE("masker: a call's id goes to others only when the call is over")
{
    masker const m;
    std::string const id = "call_0123456789abcdef0123456789";
    auto const webhook = [&](std::string const& event, std::string const& status) {
        return R"({"event":")" + event + R"(","call":{"call_type":"phone_call","call_id":")" + id +
            R"(","call_status":")" + status + R"("}})";
    };
    for (auto const& [event, status, live] :
        {std::tuple("call_started", "registered", true), {"call_started", "ongoing", true},
            {"transcript_updated", "ongoing", true}, {"call_ended", "ended", false},
            {"call_analyzed", "ended", false}, {"call_ended", "error", false}})
    {
        auto const text = webhook(event, status);
        CAPTURE(text);
        for (auto const zone : mask_test::zones) {
            auto const out = masked(m, text, zone);
            CHECK((out.find(id) == out.npos) == (live && zone == mask_zone::webhook_out));
            CHECK(mask_test::is_json(out));
        }
    }
    auto const alone = R"({"call_id":")" + id + "\"}";
    CHECK(masked(m, alone, mask_zone::webhook_out) == alone);
}

TEST_CASE("masker: where the checksum of a token is right it ends, whatever stands behind")
{
    // The published example of the format: the sum is that of its first 30 characters.
    std::string const right = "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";
    CHECK(log_of(right) == "[GITHUB_TOKEN]");
    CHECK(log_of(right + "andmore") == "[GITHUB_TOKEN]andmore");
    auto wrong = right;
    wrong.back() = '8';
    CHECK(log_of(wrong) == "[GITHUB_TOKEN]");
    CHECK(log_of(wrong + "andmore") == "[GITHUB_TOKEN]");
}

TEST_CASE("masker: a value without quotes goes whole, however long")
{
    masker const m;
    for (std::size_t const size : {100u, 1'900u, 2'100u, 4'000u, 9'000u, 30'000u}) {
        std::string value;
        for (std::size_t n = 0; value.size() < size; ++n) value += "Zk7" + std::to_string(n);
        for (auto const& [before, after] :
            {std::pair<std::string, std::string>{"X-Api-Key: ", "\r\nHost: x\r\n"},
                {"password=", " next=1"}, {"<password>", "</password><n>1</n>"},
                {"Authorization: Digest ", "\nHost: x\n"}, {"{\"api_key\":\"", "\",\"n\":1}"}})
            for (std::size_t const offset : {0u, 3'000u, 4'090u}) {
                auto const text = std::string(offset, '.') + "\n" + before + value + after;
                auto const out = masked(m, text, mask_zone::log);
                CAPTURE(before);
                CAPTURE(size);
                CAPTURE(offset);
                CHECK(out.size() < offset + 100);
                CHECK(out.find("Zk7") == out.npos);
                CHECK(out.ends_with(after));
                CHECK((masked(m, out, mask_zone::log) == out));
                CHECK((streamed(m, text, mask_zone::log, {offset + 20, offset + 70}) == out));
            }
    }
}

TEST_CASE("masker: the name of a pair stands on the line above, its value below")
{
    CHECK(log_of("- name: API_TOKEN\n  value: abcDEF123456\n- name: MODE\n  value: fast\n") ==
        "- name: API_TOKEN\n  value: [GENERIC_SECRET]\n- name: MODE\n  value: fast\n");
    CHECK(log_of("name: Passwort\ntext: Willkommen") == "name: Passwort\ntext: Willkommen");
    CHECK(log_of("tel:+49-171-392-0012 x") == "tel:[PHONE] x");
    CHECK(log_of("+49 171 3920012 0049 171 3920013") == "[PHONE] [PHONE]");
}

TEST_CASE("masker: an address that a log names may have letters in its first group")
{
    for (std::string const address : {"2a01:4f8::1", "2001:db8::1", "2a02:8108:1:2:3:4:5:6"})
        mask_test::become({{"[error] [client " + address + "] denied",
                               "[error] [client [IP_ADDRESS]] denied"},
            {"failed, client: " + address + ", server: x", "failed, client: [IP_ADDRESS], server: x"},
            {"sshd: Failed password for root from " + address + " port 22",
                "sshd: Failed password for root from [IP_ADDRESS] port 22"},
            {"fail2ban: NOTICE [sshd] Ban " + address, "fail2ban: NOTICE [sshd] Ban [IP_ADDRESS]"}});
}
