"""What servers were found to speak stands in the admin, and is forgotten there."""

import pytest
from django.urls import reverse

from llm_modes.models import Dialect
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_an_admin_reads_what_a_server_speaks_and_has_it_found_out_anew(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    row = Dialect.objects.create(address="http://127.0.0.1:8080/v1", model="tiny", reply_form="json_object")
    page = client.get(reverse("admin:llm_modes_dialect_changelist")).content.decode()
    assert "http://127.0.0.1:8080/v1" in page and "JSON object, with the schema beside it" in page
    assert client.get(reverse("admin:llm_modes_dialect_change", args=[row.pk])).status_code == 200
    assert client.get(reverse("admin:llm_modes_dialect_add")).status_code == 403

    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    client.post(reverse("admin:llm_modes_dialect_changelist"), chosen)
    assert not Dialect.objects.exists()
