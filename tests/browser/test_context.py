"""Experience and advert in Chromium: a file too large is not sent, and what is half written stays when lines arrive."""

import threading

import pytest
from playwright.sync_api import expect

from llm_modes.read_context.example import ADVERT, EXAMPLE, EXPERIENCE
from plans.preparation import preparation_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_a_file_to_what_is_confirmed(page, live_server, sign_in, fake_llm):
    alice = make_user("alice", current_role="Backend engineer")
    sign_in(page.context, alice)
    save = page.get_by_role("button", name="Save", exact=True)
    page.goto(f"{live_server.url}/context/")
    page.fill("[name=text]", EXPERIENCE)
    too_large = {"name": "advert.txt", "mimeType": "text/plain", "buffer": b"x" * 5_000_001}
    page.set_input_files("[name=advert_file]", too_large)
    save.click()
    expect(page.locator("#connection")).to_contain_text("“advert.txt” is too large, so nothing was sent")
    page.set_input_files("[name=advert_file]", {**too_large, "buffer": ADVERT.encode()})
    save.click()
    expect(page.get_by_text("Read from your file: check it, then save.")).to_be_visible()
    expect(page.locator("[name=text]")).to_have_value(EXPERIENCE)
    expect(page.locator("[name=job_advert]")).to_have_value(ADVERT)

    reads_on = threading.Event()
    fake_llm.reply(EXAMPLE.reply, mode="read_context", hold=reads_on)
    save.click()
    expect(page.get_by_text("The coach reads what you gave it…")).to_be_visible()
    page.fill("[name=job_advert]", "half written")
    reads_on.set()
    expect(page.get_by_role("heading", name="What I take from this")).to_be_visible(timeout=15_000)
    expect(page.locator("[name=job_advert]")).to_have_value("half written")
    page.get_by_role("button", name="Use this").click()
    expect(page.get_by_text("Saved. The coach goes by it from now on.")).to_be_visible()
    expect(page.locator("[name=job_advert]")).to_have_value("half written")
    assert preparation_of(alice).competencies[0].name == "Services under load"
