# pip install "segmind>=1.1.0"
# export SEGMIND_API_KEY="YOUR_API_KEY"
import segmind

# Async (v2): submit to the queue and block until COMPLETED.
# run() returns the final result dict (600s deadline, 1.0s poll by default).
result = segmind.run(
 "imagen",
 prompt=" White fluffy bear toy is sleeping in a children's room, on the floor of a baby bedroom with toy boxes and toys around, in the style of photorealistic 3D rendering",
 aspect_ratio="1:1",
 safety_filter_level="BLOCK_LOW_AND_ABOVE",
 person_generation="ALLOW_ADULT",
)
print(result["status"]) # COMPLETED
print(result.get("output")) # model output (e.g. media URL)
print(result["metrics"]["inference_time"]) # server compute seconds

# --- Or submit + poll manually (track request_id, control the cadence) ---
from segmind import SegmindClient, InferenceFailed, InferenceTimeout

client = SegmindClient() # reads SEGMIND_API_KEY
payload = {
 "prompt": " White fluffy bear toy is sleeping in a children's room, on the floor of a baby bedroom with toy boxes and toys around, in the style of photorealistic 3D rendering",
 "aspect_ratio": "1:1",
 "safety_filter_level": "BLOCK_LOW_AND_ABOVE",
 "person_generation": "ALLOW_ADULT",
}
job = client.submit_async("imagen", **payload)
print(job.request_id) # available immediately
try:
 result = job.wait(timeout=600, interval=1.0)
except InferenceTimeout as e:
 print("still running:", e.request_id)
except InferenceFailed as e:
 print("failed:", e.detail)
