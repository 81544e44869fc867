import requests
import json

url = "https://api.segmind.com/v1/imagen-4"
headers = {
 "x-api-key": "YOUR_API_KEY",
 "Content-Type": "application/json"
}

data = {
 "prompt": "A cozy cabin in the snowy mountains at sunrise, soft warm light, ultra-detailed, cinematic atmosphere",
 "negative_prompt": "blurry, pixelated",
 "aspect_ratio": "4:3"
}

response = requests.post(url, headers=headers, json=data)

if response.status_code == 200:
 result = response.json()
 print(json.dumps(result, indent=2))
else:
 print(f"Error: {response.status_code}")
 print(response.text)
