"""Prints what TensorBoard reads in a folder of event files: one JSON object a line.

A value is printed as the bits of its single precision, which has no spelling for NaN to disagree on.
"""

import json
import struct
import sys
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData


def bits(value):
    return struct.unpack("<I", struct.pack("<f", value))[0]


def hparams(events, tag):
    content = events.SummaryMetadata("_hparams_/" + tag).plugin_data.content
    return MessageToDict(getattr(HParamsPluginData.FromString(content), tag))


for folder in sorted(Path(sys.argv[1]).iterdir()):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    scalars = [
        [tag, event.step, bits(event.value), event.wall_time]
        for tag in events.Tags()["scalars"]
        for event in events.Scalars(tag)
    ]
    pictures = [
        [tag, image.step, image.width, image.height, image.encoded_image_string[:4].hex()]
        for tag in events.Tags()["images"]
        for image in events.Images(tag)
    ]
    about = {tag: events.SummaryMetadata(tag).summary_description for tag in events.Tags()["scalars"]}
    print(
        json.dumps(
            {
                "run": folder.name,
                "scalars": scalars,
                "pictures": pictures,
                "about": about,
                "start": hparams(events, "session_start_info"),
                "end": hparams(events, "session_end_info"),
            }
        )
    )
