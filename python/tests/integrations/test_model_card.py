"""A model card's front matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from agents.fake import FakeAgent

from wattest.integrations.model_card import metadata_of, write_card
from wattest.runs.result import result_of

URL = "https://example.org/run.certificate.json"


@pytest.fixture
def result(tmp_path):
    return result_of(FakeAgent(Path(tmp_path))._summary())


def test_emissions_stand_in_grams_with_the_certificate_as_their_source(result):
    metadata = metadata_of(result, certificate_url=URL, training_type="fine-tuning", hardware="8 × H100")
    assert metadata["co2_eq_emissions"] == {
        **{"emissions": 7.0, "training_type": "fine-tuning", "hardware_used": "8 × H100"},
        "source": f"metered and signed by the device; certificate: {URL}",
    }
    assert metadata["energy"]["joules"] == 120 and metadata["energy"]["certificate"] == URL


def test_without_an_intensity_no_emissions_are_claimed(result):
    metadata = metadata_of(replace(result, carbon_grams=0.0), certificate_url=URL)
    assert "co2_eq_emissions" not in metadata and metadata["energy"]["joules"] == 120


def test_a_card_keeps_everything_else(tmp_path, result):
    card = tmp_path / "README.md"
    card.write_text("---\nlicense: mit\nco2_eq_emissions:\n  emissions: 1\ntags:\n- a\n---\n# Model\n---\ntext")
    for _ in range(2):
        write_card(card, metadata_of(result, certificate_url=URL))
    text = card.read_text()
    assert text.count("co2_eq_emissions:") == text.count("\nenergy:") == 1
    assert text.startswith("---\nlicense: mit\ntags:\n- a\nco2_eq_emissions:\n  emissions: 7.0\n")
    assert text.endswith("---\n# Model\n---\ntext")


def test_a_card_without_front_matter_gets_one(tmp_path, result):
    card = tmp_path / "README.md"
    write_card(card, metadata_of(result, certificate_url=URL))
    assert card.read_text().startswith("---\nco2_eq_emissions:\n") and card.read_text().count("---\n") == 2


def test_a_yaml_reader_and_the_hub_read_the_same(tmp_path, result):
    yaml = pytest.importorskip("yaml")
    card = tmp_path / "README.md"
    metadata = metadata_of(result, certificate_url=URL + '"\n: #', hardware="- \"x\": 'y' # ü")
    write_card(card, metadata)
    assert yaml.safe_load(card.read_text().split("---\n")[1]) == metadata
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: the deep run has it")
    assert hub.ModelCard.load(card).data.co2_eq_emissions["emissions"] == 7.0
