"""Trainers of gigabytes with a real agent: where PyTorch and they are installed."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the deep run has it")
pytestmark = pytest.mark.heavy


def registers_of(real, run):
    statement = real.records()[run.result.run]["statement"]
    return statement, statement["registers"]


class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, i):
        x = torch.full((4,), float(i))
        return {"x": x, "labels": x.sum(0, keepdim=True)}


class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x, labels=None):
        y = self.layer(x)
        return {"loss": torch.nn.functional.mse_loss(y, labels), "logits": y}


def test_the_hugging_face_trainer(real, tmp_path):
    transformers = pytest.importorskip("transformers")
    from wattest.integrations.huggingface import WattestCallback

    callback = WattestCallback(job="hf")
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=8,
        gradient_accumulation_steps=2,
        num_train_epochs=1,
        eval_strategy="epoch",
        report_to=[],
        use_cpu=True,
        save_strategy="no",
    )
    data = Numbers()
    trainer = transformers.Trainer(
        model=Line(), args=arguments, train_dataset=data, eval_dataset=data, callbacks=[callback]
    )
    trainer.train()
    statement, registers = registers_of(real, callback.run)
    assert (statement["model"], statement["unit"], statement["status"]) == ("Line", "sample", "complete")
    assert registers["workUnits"] == "64"
    assert len(callback.run.steps) == 4


def test_a_hugging_face_training_that_fails_is_interrupted(real, tmp_path):
    transformers = pytest.importorskip("transformers")
    from wattest.integrations.huggingface import WattestCallback

    class Broken(Line):
        def forward(self, x, labels=None):
            raise ValueError("broken")

    callback = WattestCallback()
    arguments = transformers.TrainingArguments(output_dir=str(tmp_path), report_to=[], use_cpu=True)
    trainer = transformers.Trainer(model=Broken(), args=arguments, train_dataset=Numbers(), callbacks=[callback])
    with pytest.raises(ValueError), callback:
        trainer.train()
    assert registers_of(real, callback.run)[0]["status"] == "interrupted"


def test_accelerate(real):
    accelerate = pytest.importorskip("accelerate")
    from wattest.integrations.accelerate import WattestTracker

    tracker = WattestTracker(model="line", unit="sample")
    accelerator = accelerate.Accelerator(log_with=tracker, cpu=True)
    accelerator.init_trackers("project", config={"lr": 0.1})
    model = Line()
    loader, model = accelerator.prepare(torch.utils.data.DataLoader(Numbers(), batch_size=16), model)
    for i, batch in enumerate(loader):
        loss = model(**batch)["loss"]
        accelerator.backward(loss)
        accelerator.log({"loss": loss.item(), "units": 16, "accepted": 8}, step=i)
    accelerator.end_training()
    statement, registers = registers_of(real, tracker.run)
    assert (statement["model"], registers["workUnits"], registers["acceptedUnits"]) == ("line", "64", "32")
    assert [step.units for step in tracker.run.steps] == [16] * 4 and "loss" in tracker.run.steps[0].values


def lightning_model(lightning, fails=False):
    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.line = Line()

        def training_step(self, batch, _):
            if fails:
                raise ValueError("broken")
            return self.line(**batch)["loss"]

        def validation_step(self, batch, _):
            return self.line(**batch)["loss"]

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-6)

    return Model()


@pytest.mark.parametrize("fails", [False, True])
def test_lightning(real, tmp_path, fails):
    pytest.importorskip("lightning")
    import lightning.pytorch as lightning

    from wattest.integrations.lightning import WattestCallback

    callback = WattestCallback()
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = lightning.Trainer(
        max_epochs=1, accelerator="cpu", callbacks=[callback], default_root_dir=str(tmp_path), **quiet
    )
    loader = torch.utils.data.DataLoader(Numbers(), batch_size=16)
    if fails:
        with pytest.raises(ValueError):
            trainer.fit(lightning_model(lightning, fails), loader, loader)
    else:
        trainer.fit(lightning_model(lightning), loader, loader)
    statement, registers = registers_of(real, callback.run)
    assert (statement["model"], statement["unit"]) == ("Model", "sample")
    assert (registers["workUnits"], statement["status"]) == (("0", "interrupted") if fails else ("64", "complete"))
