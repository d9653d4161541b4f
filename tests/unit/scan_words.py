"""What the verdicts are called on the scan page, in each of its languages, as tests pin them."""

from __future__ import annotations

FOUR = ["vi", "en", "th", "bn"]
REGISTERED = {"vi": "Đã đăng ký", "en": "Registered", "th": "ลงทะเบียนแล้ว", "bn": "নিবন্ধিত"}
NOT_NOW = {
    "vi": "Hiện chưa kiểm tra được",
    "en": "Could not verify now",
    "th": "ขณะนี้ยังตรวจสอบไม่ได้",
    "bn": "এখন যাচাই করা যায়নি",
}
CHAIN = {
    "vi": "Chuỗi thử nghiệm, chưa niêm phong: chỉ chứng minh được toàn vẹn và chữ ký.",
    "en": "Unsealed development chain: integrity and signatures only.",
    "th": "เชนทดลอง ยังไม่ผนึก: แสดงได้เพียงความครบถ้วนของบันทึกและลายเซ็น",
    "bn": "সিলবিহীন পরীক্ষামূলক চেইন: কেবল অখণ্ডতা ও স্বাক্ষর দেখায়।",
}
ACT = {
    "vi": "Không ăn. Hãy mang trả lại nơi bán.",
    "en": "Do not eat it. Take it back to the shop.",
    "th": "ห้ามรับประทาน โปรดนำไปคืนร้าน",
    "bn": "খাবেন না। দোকানে ফেরত দিন।",
}
RECALLED = {"vi": "Đã bị thu hồi", "en": "Recalled", "th": "ถูกเรียกคืน", "bn": "প্রত্যাহার করা হয়েছে"}
CONTAINS = {
    "vi": "Có nguyên liệu bị thu hồi",
    "en": "Contains a recalled ingredient",
    "th": "มีวัตถุดิบที่ถูกเรียกคืน",
    "bn": "প্রত্যাহার করা উপাদান আছে",
}
REVIEW = {
    "vi": ("Hồ sơ đang được xem xét lại", "đối chiếu với chuỗi khối", "Hồ sơ của lô này cũng đang"),
    "en": ("Records under review", "compared with the chain", "are under review as well"),
    "th": ("บันทึกอยู่ระหว่างการตรวจทาน", "เทียบบันทึกของทะเบียนนี้กับเชน", "บันทึกของล็อตนี้อยู่ระหว่างการตรวจทานด้วย"),
    "bn": ("নথি পর্যালোচনাধীন", "চেইনের সঙ্গে মেলানো", "এই লটের নথিও পর্যালোচনাধীন"),
}
"""The verdict, what was compared, and what stands beside a recall."""
NOT_KNOWN = {
    "vi": "chưa rõ có nguyên liệu nào bị thu hồi",
    "en": "whether an ingredient was recalled",
    "th": "ยังไม่ทราบว่ามีวัตถุดิบใดถูกเรียกคืนหรือไม่",
    "bn": "কোনো উপাদান প্রত্যাহার করা হয়েছে কি না জানা নেই",
}
