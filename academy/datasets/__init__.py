"""The data shelf: described, checked tables of the city-parish's open data."""

from academy.datasets.catalogue import dataset_folders, list_datasets
from academy.datasets.load import load_dataset, show_dataset

__all__ = ["dataset_folders", "list_datasets", "load_dataset", "show_dataset"]
