"""From where a request comes: nobody chooses their own address."""

import pytest
from django.test import RequestFactory

from coach.client_address import client_address, counted_address, is_local, networks

PROXIES = ["10.0.0.0/8", "2001:db8:ffff::/48", "127.0.0.1"]


def came_from(remote, forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        # Nobody but a proxy of ours is believed.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.7", None, "10.0.0.7"),
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        # What the visitor has sent stands in front of what the proxy has written.
        ("10.0.0.7", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "1.1.1.1, 198.51.100.1, 10.1.1.1", "198.51.100.1"),
        ("10.0.0.7", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "10.0.0.8, 10.0.0.9", "10.0.0.8"),
        # As proxies write it.
        ("10.0.0.7", " 198.51.100.1:55123 ", "198.51.100.1"),
        ("10.0.0.7", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.7", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.7", '"[2001:db8::1]"', "2001:db8::1"),
        ("10.0.0.7", "fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.0.7", "::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:ffff::1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "198.51.100.1,,", "198.51.100.1"),
        # What is no address ends the search: what stands before it anybody may have made up.
        ("10.0.0.7", "garbage", "10.0.0.7"),
        ("10.0.0.7", "garbage, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "198.51.100.1, unknown", "10.0.0.7"),
        ("10.0.0.7", "999.1.1.1", "10.0.0.7"),
        ("10.0.0.7", "[", "10.0.0.7"),
        ("10.0.0.7", "١.٢.٣.٤", "10.0.0.7"),
        ("10.0.0.7", "x" * 50_000 + "," * 50_000, "10.0.0.7"),
        ("10.0.0.7", "1" * 5_000, "10.0.0.7"),
        ("", "198.51.100.1", "None"),
        ("not an address", "198.51.100.1", "None"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours(settings, remote, forwarded, expected):
    settings.TRUSTED_PROXIES = networks(PROXIES)
    assert str(client_address(came_from(remote, forwarded))) == expected


def test_no_proxy_is_trusted_unless_it_is_named(settings):
    assert settings.TRUSTED_PROXIES == []
    assert str(client_address(came_from("127.0.0.1", "198.51.100.1"))) == "127.0.0.1"


@pytest.mark.parametrize(
    ("remote", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::2", "::/64"),
        ("::1", "::1"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_address_counts_with_its_network(remote, counted):
    assert counted_address(came_from(remote)) == counted


LOCAL = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("remote", [*LOCAL, "10.0.0.1", ""])
def test_this_machine_is_known(remote):
    assert is_local(came_from(remote)) is (remote in LOCAL)


def test_a_proxy_that_is_no_network_is_told_at_the_start():
    assert [str(network) for network in networks(["10.0.0.7", " 172.18.3.4/16 ", ""])] == [
        "10.0.0.7/32",
        "172.18.0.0/16",
    ]
    with pytest.raises(ValueError, match=r"networks like 10\.0\.0\.7"):
        networks(["nginx"])
