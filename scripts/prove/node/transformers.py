# In the place of transformers: a model is a file in the cache.
import pathlib


class AutoTokenizer:
    @classmethod
    def from_pretrained(cls, name, cache_dir):
        (pathlib.Path(cache_dir) / f"{cls.__name__}-{name.replace('/', '--')}").write_text("stand-in")


class AutoModelForSequenceClassification(AutoTokenizer):
    pass
